"""Who waits where and when: trucks, trains, vessels and the scarce things they share. The only importer of simpy."""
