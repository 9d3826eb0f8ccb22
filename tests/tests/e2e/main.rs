//! Real coordinators, real agents, real sockets.

mod backup;
mod cli;
mod control;
mod faults;
mod formats;
mod gapless;
mod history;
mod hostile;
mod kills;
mod load;
mod moving;
mod processes;
mod steps;
mod trimming;
