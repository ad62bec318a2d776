//! carehub-domain
