//! Real coordinators, real agents, real sockets.

mod adoption;
mod backup;
mod behind_nginx;
mod behind_proxy;
mod cli;
mod control;
mod crowded;
mod discovery;
mod faults;
mod formats;
mod full_disk;
mod gapless;
mod history;
mod hostile;
mod impostor;
mod kills;
mod load;
mod moving;
mod power;
mod processes;
mod prometheus;
mod released;
mod requests;
mod secrets;
mod steps;
mod trimming;
