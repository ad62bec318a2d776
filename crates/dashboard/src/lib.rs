//! carehub-dashboard
