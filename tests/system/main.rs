//! System tests: a real nats-server and real processes.

mod agency_client;
mod harness;
mod isolation;
mod process;
mod restart;
mod supervision;
