//! carehub-client
