//! QEMU's machine protocol: one JSON object a line.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The control channel.
pub struct Qmp {
    stream: UnixStream,
    answers: Receiver<Value>,
}

impl Qmp {
    /// Takes over a connected socket. Events go to `events` by name.
    pub fn new(stream: UnixStream, events: impl Fn(&str) + Send + 'static) -> Result<Self> {
        let reader = stream.try_clone().context("cannot share the QMP socket")?;
        let (sender, answers) = channel();
        std::thread::spawn(move || listen(reader, &sender, events));
        let mut qmp = Self { stream, answers };
        qmp.command("qmp_capabilities", json!({}))?;
        Ok(qmp)
    }

    /// Runs a command and waits for its answer.
    pub fn command(&mut self, name: &str, arguments: Value) -> Result<Value> {
        let line = format!("{}\n", json!({"execute": name, "arguments": arguments}));
        self.stream.write_all(line.as_bytes()).context("QEMU has gone")?;
        let answer = match self.answers.recv_timeout(PATIENCE) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => bail!("QEMU does not answer {name}"),
            Err(RecvTimeoutError::Disconnected) => bail!("QEMU has gone"),
        };
        match answer.get("error").and_then(|error| error.get("desc")) {
            Some(words) => bail!("QEMU refuses {name}: {words}"),
            None => Ok(answer.get("return").cloned().unwrap_or_default()),
        }
    }
}

fn listen(stream: UnixStream, answers: &Sender<Value>, events: impl Fn(&str)) {
    for line in BufReader::new(stream).lines() {
        let Ok(line) = line else { return };
        let Ok(value) = serde_json::from_str::<Value>(&line) else { continue };
        if let Some(event) = value.get("event").and_then(Value::as_str) {
            events(event);
        } else if value.get("return").is_some() || value.get("error").is_some() {
            let _ = answers.send(value);
        }
    }
}
