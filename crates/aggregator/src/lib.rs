//! carehub-aggregator
