//! System tests: a real nats-server and real processes.

mod activating;
mod agency_client;
mod alarms;
mod another_build;
mod answering;
mod bad_input;
mod chaos;
mod erasure;
mod expected;
mod foreign_client;
mod forged;
mod harness;
mod isolation;
mod matrix;
mod people;
mod process;
mod pseudonyms;
mod raw;
mod real_records;
mod restart;
mod several_hubs;
mod speaking;
mod supervision;
mod tampering;
mod transport;
mod verifying;
