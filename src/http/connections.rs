//! The sockets of clients: how many there may be, and until when each may keep the server waiting.

use super::gate::{Gate, Gated};
use super::proxies::Proxies;
use actix_web::dev::Extensions;
use parking_lot::Mutex;
use rustix::net::{Shutdown, shutdown};
use std::collections::HashMap;
use std::net::IpAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// The most sockets in all.
pub const MAX_SOCKETS: usize = 2_048;

/// The most sockets of one address that is no trusted proxy.
const MAX_OF_ADDRESS: usize = 512;

/// How long a socket may be open without a whole head of a request.
pub const HEAD: Duration = Duration::from_secs(10);

/// How long an answer may wait to be taken.
const ANSWER: Duration = Duration::from_secs(30);

/// How long a request may take from its head to its answer: its body, its work and its record have shorter bounds of their own.
const REQUEST: Duration = Duration::from_secs(40);

/// How often sockets are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// All open sockets.
#[derive(Clone)]
pub struct Connections {
    open: Arc<Mutex<Open>>,
    proxies: Proxies,
}

#[derive(Default)]
struct Open {
    sockets: HashMap<u64, Arc<Socket>>,
    of_address: HashMap<IpAddr, usize>,
    refused: u64,
    last: u64,
}

struct Socket {
    address: IpAddr,
    /// The same socket once more: only so can it be closed while the server waits for it.
    stream: OwnedFd,
    deadline: Mutex<Instant>,
    /// Whether a client has asked something over it.
    proved: AtomicBool,
    /// Whether a request has arrived, its body too, whose answer was not taken yet.
    busy: AtomicBool,
    /// Whether an answer has said that it is the last.
    ends: AtomicBool,
}

/// An open socket; it is counted until this is dropped.
pub struct Connection {
    number: u64,
    socket: Arc<Socket>,
    gate: Arc<Gate>,
    open: Weak<Mutex<Open>>,
}

impl Connections {
    /// Watches sockets; those of trusted proxies may be as many as there may be in all.
    pub fn watched(proxies: Proxies) -> Self {
        let connections = Self { open: Arc::default(), proxies };
        let open = Arc::downgrade(&connections.open);
        std::thread::spawn(move || {
            while let Some(open) = open.upgrade() {
                open.lock().close_late();
                drop(open);
                std::thread::sleep(LOOK);
            }
        });
        connections
    }

    /// Takes a socket that was accepted. One too many, or one that cannot be watched, is closed at once.
    pub fn accept(&self, gated: &Gated, data: &mut Extensions) {
        match self.watch(gated) {
            Some(connection) => drop(data.insert(Arc::new(connection))),
            None => {
                self.open.lock().refused += 1;
                close(gated.stream());
            }
        }
    }

    fn watch(&self, gated: &Gated) -> Option<Connection> {
        let peer = gated.stream().peer_addr().ok()?.ip();
        let address = group(peer);
        let twin = gated.stream().as_fd().try_clone_to_owned().ok()?;
        let mut open = self.open.lock();
        let of_address = open.of_address.get(&address).copied().unwrap_or_default();
        if of_address >= MAX_OF_ADDRESS && !self.proxies.include(peer) {
            open.make_room(|other| other == address)?;
        }
        if open.sockets.len() >= MAX_SOCKETS {
            open.make_room(|_| true)?;
        }
        let socket = Arc::new(Socket {
            stream: twin,
            address,
            deadline: Mutex::new(Instant::now() + HEAD),
            proved: AtomicBool::new(false),
            busy: AtomicBool::new(false),
            ends: AtomicBool::new(false),
        });
        open.last += 1;
        let number = open.last;
        open.sockets.insert(number, Arc::clone(&socket));
        *open.of_address.entry(address).or_default() += 1;
        Some(Connection { number, socket, gate: Arc::clone(gated.gate()), open: Arc::downgrade(&self.open) })
    }

    /// How many sockets are open, and how many were closed at once because they were too many.
    pub fn counted(&self) -> (usize, u64) {
        let open = self.open.lock();
        (open.sockets.len(), open.refused)
    }
}

impl Open {
    /// Closes the oldest socket over which nothing is asked just now: of those over which no client has ever asked anything, if
    /// there are any. Else the oldest whose request is not known to be a client's. So neither unauthenticated clients nor whoever keeps sockets
    /// for later keep a client out, nor is its first request cut. Nothing if clients are at work on all.
    fn make_room(&mut self, of: impl Fn(IpAddr) -> bool) -> Option<()> {
        let idle = self.sockets.iter().filter(|(_, socket)| of(socket.address) && socket.may_close());
        let (number, _) = idle.min_by_key(|(number, socket)| (socket.rank(), **number))?;
        let number = *number;
        close(&self.sockets[&number].stream);
        self.remove(number);
        self.refused += 1;
        Some(())
    }

    fn remove(&mut self, number: u64) {
        let Some(socket) = self.sockets.remove(&number) else { return };
        if let Some(count) = self.of_address.get_mut(&socket.address) {
            *count -= 1;
            if *count == 0 {
                self.of_address.remove(&socket.address);
            }
        }
    }

    fn close_late(&mut self) {
        let now = Instant::now();
        self.sockets.values().filter(|socket| *socket.deadline.lock() <= now).for_each(|socket| close(&socket.stream));
    }
}

/// Closes both ways. A socket whose other end has gone is closed already.
fn close(socket: impl AsFd) {
    let _ = shutdown(socket, Shutdown::Both);
}

impl Connection {
    /// A client has asked something.
    pub fn is_clients(&self) {
        self.socket.proved.store(true, Ordering::Relaxed);
    }

    /// A request has begun: no more is read than it asks for.
    pub fn is_asked(&self) {
        self.gate.close();
        self.socket.wait(REQUEST);
    }

    /// The rest of a body is read.
    pub fn is_received(&self) {
        self.gate.open();
    }

    /// A body was read to its end.
    pub fn has_arrived(&self) {
        self.gate.close();
    }

    /// A request has arrived, or its head if it is to be admitted: it has its budget and its turn from here on, so that nobody can
    /// have many.
    pub fn is_busy(&self) {
        self.socket.busy.store(true, Ordering::Relaxed);
    }

    /// A client's body has yet to arrive: nobody waits for the server.
    pub fn is_awaited(&self) {
        self.socket.busy.store(false, Ordering::Relaxed);
    }

    /// An answer is ready to be taken; whether it says that it is the last.
    pub fn is_answered(&self, is_last: bool) {
        self.socket.ends.fetch_or(is_last, Ordering::Relaxed);
        self.socket.wait(ANSWER);
    }

    /// Whether a client has asked something over it. Whoever has not proved to be one gets one answer over a socket.
    pub fn is_of_client(&self) -> bool {
        self.socket.proved.load(Ordering::Relaxed)
    }

    /// Whether an answer has said that it is the last: what was sent after its request is not looked at.
    pub fn ends(&self) -> bool {
        self.socket.ends.load(Ordering::Relaxed)
    }

    /// An answer was taken.
    pub fn is_free(&self) {
        self.socket.busy.store(false, Ordering::Relaxed);
        self.socket.wait(HEAD);
        self.gate.open();
    }
}

impl Socket {
    /// Whether it can be closed without an answer being lost that a client waits for.
    fn may_close(&self) -> bool {
        !(self.proved.load(Ordering::Relaxed) && self.busy.load(Ordering::Relaxed))
    }

    /// Which socket is closed first: by whether it is at work, then by whether a client has asked over it.
    fn rank(&self) -> (bool, bool) {
        (self.busy.load(Ordering::Relaxed), self.proved.load(Ordering::Relaxed))
    }

    fn wait(&self, at_most: Duration) {
        *self.deadline.lock() = Instant::now() + at_most;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(open) = self.open.upgrade() {
            open.lock().remove(self.number);
        }
    }
}

/// Whose sockets are counted together: an IPv4 address, or the half of an IPv6 address that one network has.
fn group(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        address => address,
    }
}
