//! carehub
