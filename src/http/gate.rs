//! A socket of which no more is read than the server is about to use: whatever a client sends before its last answer is taken waits
//! on the client's side, and takes no memory of the server's.

use actix_web::rt::net::TcpStream;
use parking_lot::Mutex;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How many bytes are read at a time. All requests in them are parsed at once.
const PIECE: usize = 2 * 1024;

/// The most bytes of a head. Whoever sends more without a whole one is cut off.
const MAX_HEAD: usize = 32 * 1024;

/// Whether a socket is read from.
#[derive(Default)]
pub struct Gate {
    is_closed: AtomicBool,
    /// How many bytes were read since somebody asked for some.
    bytes: AtomicUsize,
    waiting: Mutex<Option<Waker>>,
}

impl Gate {
    /// Nothing is read from here on, but whether the other end has gone.
    pub fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }

    /// It is read again.
    pub fn open(&self) {
        self.bytes.store(0, Ordering::Relaxed);
        if self.is_closed.swap(false, Ordering::Relaxed)
            && let Some(waiting) = self.waiting.lock().take()
        {
            waiting.wake();
        }
    }

    fn holds(&self, context: &Context<'_>) -> bool {
        let is_closed = self.is_closed.load(Ordering::Relaxed);
        if is_closed {
            *self.waiting.lock() = Some(context.waker().clone());
        }
        is_closed
    }
}

/// A socket behind a gate.
pub struct Gated {
    stream: TcpStream,
    gate: Arc<Gate>,
    has_read: bool,
    cannot_write: bool,
}

impl Gated {
    /// A socket that is read from.
    pub fn open(stream: TcpStream) -> Self {
        Self { stream, gate: Arc::default(), has_read: false, cannot_write: false }
    }

    /// The socket.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Its gate.
    pub fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    /// Reads nothing, unless the other end has gone.
    fn look(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match ready!(self.stream.poll_peek(context, &mut ReadBuf::new(&mut [0]))) {
            Ok(0) => Poll::Ready(Ok(())),
            Ok(_) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    /// Answers that are not taken hold up reading too.
    fn written<T>(&mut self, context: &Context<'_>, written: Poll<T>) -> Poll<T> {
        if self.cannot_write && written.is_ready() {
            context.waker().wake_by_ref();
        }
        self.cannot_write = written.is_pending();
        written
    }
}

impl AsyncRead for Gated {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.gate.holds(context) || this.cannot_write {
            return this.look(context);
        }
        // What was read is parsed before more is.
        if std::mem::take(&mut this.has_read) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if this.gate.bytes.load(Ordering::Relaxed) > MAX_HEAD {
            return Poll::Ready(Ok(()));
        }
        let mut bytes = [0; PIECE];
        let mut piece = ReadBuf::new(&mut bytes[..into.remaining().min(PIECE)]);
        ready!(Pin::new(&mut this.stream).poll_read(context, &mut piece))?;
        into.put_slice(piece.filled());
        this.has_read = piece.remaining() == 0;
        this.gate.bytes.fetch_add(piece.filled().len(), Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Gated {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.written(context, written)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::{TcpListener, TcpStream as Client};
    use std::time::Duration;
    use tokio::time::timeout;

    fn pair() -> (Client, Gated) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = Client::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        server.set_nonblocking(true).unwrap();
        (client, Gated::open(TcpStream::from_std(server).unwrap()))
    }

    /// How many bytes are read at once, if any are there.
    async fn read(gated: &mut Gated) -> Option<usize> {
        let mut bytes = vec![0; 10 * PIECE];
        let read = std::future::poll_fn(|context| {
            let mut into = ReadBuf::new(&mut bytes);
            let polled = Pin::new(&mut *gated).poll_read(context, &mut into);
            polled.map_ok(|()| into.filled().len())
        });
        timeout(Duration::from_millis(200), read).await.ok().map(Result::unwrap)
    }

    #[actix_web::test]
    async fn no_more_is_read_than_a_piece_and_nothing_behind_a_closed_gate() {
        let (mut client, mut gated) = pair();
        client.write_all(&[1; 3 * PIECE]).unwrap();
        assert_eq!(read(&mut gated).await, Some(PIECE));
        gated.gate().close();
        assert_eq!(read(&mut gated).await, None);
        let gate = Arc::clone(gated.gate());
        actix_web::rt::spawn(async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            gate.open();
        });
        assert_eq!(read(&mut gated).await, Some(PIECE), "whoever opens it wakes the reader");
    }

    #[actix_web::test]
    async fn a_head_that_does_not_end_is_cut_off() {
        let (mut client, mut gated) = pair();
        client.write_all(&[1; 2 * MAX_HEAD]).unwrap();
        let mut bytes = 0;
        while let Some(read) = read(&mut gated).await.filter(|read| *read > 0) {
            bytes += read;
        }
        assert!((MAX_HEAD..=MAX_HEAD + PIECE).contains(&bytes), "{bytes}");
        gated.gate().open();
        assert_eq!(read(&mut gated).await, Some(PIECE), "whoever asks for more gets it");
    }

    #[actix_web::test]
    async fn the_other_ends_going_is_seen_through_a_closed_gate() {
        let (client, mut gated) = pair();
        gated.gate().close();
        assert_eq!(read(&mut gated).await, None);
        drop(client);
        assert_eq!(read(&mut gated).await, Some(0));
    }
}
