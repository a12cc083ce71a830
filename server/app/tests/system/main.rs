//! The binary as a deployment runs it: started, used over HTTP and WebSockets, killed, restarted.

mod client;
mod doctor;
mod logs;
mod restart;
mod start;
mod stop;
mod tokens;
