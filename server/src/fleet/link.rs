//! A message on its way to speakers, whatever they are connected by.
//!
//! The fleet hands on what is said; the gateway of each connection says it in its own way. Downbeat's own speakers are
//! told text: it is made once for all that are told the same.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use downbeat_protocol::{ServerMessage, codec};

use super::told::{Files, Subject, named};

/// A message to one or many speakers; clones share it.
#[derive(Debug, Clone)]
pub struct Outbound(Arc<LinkState>);

#[derive(Debug)]
struct LinkState {
    message: ServerMessage,
    text: OnceLock<Bytes>,
    files: OnceLock<Option<(Subject, Files)>>,
}

impl Outbound {
    /// The message itself, for a gateway with words of its own.
    pub fn message(&self) -> &ServerMessage {
        &self.0.message
    }

    /// The message as Downbeat's speakers are told it: UTF-8, made by the first caller.
    pub fn text(&self) -> Bytes {
        self.0.text.get_or_init(|| codec::encode_server_message(&self.0.message).into()).clone()
    }

    /// The files that it names, found by the first caller. `None`: it is not about files.
    pub fn files(&self) -> Option<&(Subject, Files)> {
        self.0.files.get_or_init(|| named(&self.0.message)).as_ref()
    }
}

impl From<ServerMessage> for Outbound {
    fn from(message: ServerMessage) -> Self {
        Self(Arc::new(LinkState { message, text: OnceLock::new(), files: OnceLock::new() }))
    }
}

#[cfg(test)]
mod tests {
    use downbeat_protocol::{ServerTime, history::HistoryKept};

    use super::*;

    #[test]
    fn the_text_is_made_once_and_is_the_codecs() {
        let message = ServerMessage::HistoryKept(HistoryKept { server_time: ServerTime(1), sequence: 2 });
        let first = Outbound::from(message.clone());
        let second = first.clone();
        assert_eq!(first.text(), codec::encode_server_message(&message));
        assert_eq!(first.text().as_ptr(), second.text().as_ptr(), "the same bytes");
        assert_eq!(second.message(), &message);
    }
}
