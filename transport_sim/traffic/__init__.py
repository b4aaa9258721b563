"""Road traffic in bulk: who drives where and when, and what the congestion costs."""
