//! The thread that carries all media of the simulated participants.
//!
//! One turn: wait for datagrams, an order or the next frame; read; publish what is due; every few
//! milliseconds let the clients' timers run.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use anyhow::Result;
use mio::{Events, Interest, Poll, Token, Waker};
use rand::{SeedableRng as _, rngs::StdRng};

use crate::{
    bot::{Bot, Inbox, ReceiveIds, Sums},
    clock,
    delays::Delays,
    stream::SendStream,
};

/// Gives orders to the thread.
#[derive(Clone)]
pub(crate) struct Plane {
    orders: mpsc::Sender<Order>,
    waker: Arc<Waker>,
}

/// Names a transport.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct BotId(usize);

enum Order {
    Add(Box<Bot>, mpsc::Sender<BotId>),
    Describe(BotId, ReceiveIds),
    Publish(BotId, Vec<SendStream>),
    Remove(BotId),
    Begin,
    Report(mpsc::Sender<Report>),
    Nag(Option<Duration>),
    Spoil(u32),
}

/// What was counted since [`Plane::begin`].
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) sums: Sums,
    pub(crate) delays: Delays,
}

impl Plane {
    /// Starts the thread, which lives as long as this program.
    pub(crate) fn start() -> Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), ORDERS)?);
        let (sender, orders) = mpsc::channel();
        let now = clock::now();
        let worker = Worker {
            poll,
            orders,
            bots: Vec::new(),
            frames: BinaryHeap::new(),
            delays: Delays::new(LONGEST),
            scratch: Vec::new(),
            tick: now,
            ticks: 0,
            nag: None,
            spoil: None,
            dice: StdRng::seed_from_u64(1),
        };
        std::thread::Builder::new()
            .name(THREAD.into())
            .spawn(move || worker.run())?;
        Ok(Self {
            orders: sender,
            waker,
        })
    }

    /// Lets a transport run.
    pub(crate) fn add(&self, bot: Bot) -> Result<BotId> {
        let (answer, answered) = mpsc::channel();
        self.order(Order::Add(Box::new(bot), answer));
        Ok(answered.recv()?)
    }

    /// Tells a receiver what it was offered.
    pub(crate) fn describe(&self, bot: BotId, ids: ReceiveIds) {
        self.order(Order::Describe(bot, ids));
    }

    /// Begins to publish.
    pub(crate) fn publish(&self, bot: BotId, streams: Vec<SendStream>) {
        self.order(Order::Publish(bot, streams));
    }

    /// Ends a transport.
    pub(crate) fn remove(&self, bot: BotId) {
        self.order(Order::Remove(bot));
    }

    /// Counts from here on.
    pub(crate) fn begin(&self) {
        self.order(Order::Begin);
    }

    /// What was counted.
    pub(crate) fn report(&self) -> Result<Report> {
        let (answer, answered) = mpsc::channel();
        self.order(Order::Report(answer));
        Ok(answered.recv()?)
    }

    /// Lets every receiver ask for everything again, this often.
    pub(crate) fn nag(&self, every: Option<Duration>) {
        self.order(Order::Nag(every));
    }

    /// Lets participants send so many bad datagrams a second in all.
    pub(crate) fn spoil(&self, rate: u32) {
        self.order(Order::Spoil(rate));
    }

    fn order(&self, order: Order) {
        // The thread never ends.
        let _ = self.orders.send(order);
        let _ = self.waker.wake();
    }
}

struct Worker {
    poll: Poll,
    orders: mpsc::Receiver<Order>,
    bots: Vec<Option<Bot>>,
    /// When which track of which transport sends its next frame.
    frames: BinaryHeap<Reverse<(Instant, BotId, usize)>>,
    delays: Delays,
    scratch: Vec<u8>,
    tick: Instant,
    ticks: usize,
    nag: Option<(Instant, Duration)>,
    spoil: Option<Spoil>,
    dice: StdRng,
}

/// Bad datagrams from good addresses.
struct Spoil {
    since: Instant,
    rate: f64,
    sent: u64,
}

impl Worker {
    fn run(mut self) {
        let mut inbox = Inbox::new();
        let mut ready = Events::with_capacity(1024);
        loop {
            let timeout = self.next().saturating_duration_since(clock::now());
            // An interrupted wait is a short one.
            let _ = self.poll.poll(&mut ready, Some(timeout));
            for event in &ready {
                if let Some(Some(bot)) = self.bots.get_mut(event.token().0) {
                    bot.read(&mut inbox, &mut self.delays);
                }
            }
            while let Ok(order) = self.orders.try_recv() {
                self.obey(order);
            }
            self.publish();
            self.spoil();
            self.run_timers();
        }
    }

    fn next(&self) -> Instant {
        let frame = self.frames.peek().map(|Reverse((at, ..))| *at);
        let nag = self.nag.map(|(at, _)| at);
        frame.into_iter().chain(nag).fold(self.tick, Instant::min)
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Add(bot, answer) => {
                let id = self.add(*bot);
                let _ = answer.send(id);
            }
            Order::Describe(id, ids) => {
                if let Some(Some(bot)) = self.bots.get_mut(id.0) {
                    bot.set_ids(ids);
                }
            }
            Order::Publish(id, streams) => self.begin_to_publish(id, streams),
            Order::Remove(id) => {
                if let Some(mut bot) = self.bots.get_mut(id.0).and_then(Option::take) {
                    bot.close();
                    let _ = self.poll.registry().deregister(bot.source());
                }
            }
            Order::Begin => {
                self.delays = Delays::new(LONGEST);
                self.bots.iter_mut().flatten().for_each(Bot::begin);
            }
            Order::Report(answer) => {
                let mut sums = Sums::default();
                for bot in self.bots.iter().flatten() {
                    bot.add_to(&mut sums);
                }
                let delays = self.delays.clone();
                let _ = answer.send(Report { sums, delays });
            }
            Order::Nag(every) => self.nag = every.map(|every| (clock::now(), every)),
            Order::Spoil(rate) => {
                self.spoil = (rate > 0).then(|| Spoil {
                    since: clock::now(),
                    rate: f64::from(rate),
                    sent: 0,
                });
            }
        }
    }

    fn add(&mut self, mut bot: Bot) -> BotId {
        let id = BotId(self.bots.len());
        let registered =
            self.poll
                .registry()
                .register(bot.source(), Token(id.0), Interest::READABLE);
        if let Err(error) = registered {
            eprintln!("a socket cannot be watched: {error}");
        }
        bot.settle();
        self.bots.push(Some(bot));
        id
    }

    fn begin_to_publish(&mut self, id: BotId, streams: Vec<SendStream>) {
        let Some(Some(bot)) = self.bots.get_mut(id.0) else {
            return;
        };
        let now = clock::now();
        for stream in streams {
            let place = bot.sends.len();
            // Cameras do not beat in time: spread their frames over an interval.
            let share = (id.0 * 37 + place * 11) % 64;
            let at = now + stream.shape.interval * share as u32 / 64;
            bot.sends.push(stream);
            self.frames.push(Reverse((at, id, place)));
        }
    }

    fn publish(&mut self) {
        let now = clock::now();
        while let Some(&Reverse((at, id, place))) = self.frames.peek()
            && at <= now
        {
            self.frames.pop();
            let Some(Some(bot)) = self.bots.get_mut(id.0) else {
                continue;
            };
            bot.publish(place, &mut self.scratch);
            let Some(stream) = bot.sends.get(place) else {
                continue;
            };
            // After a stall the frames that were missed are not made up for.
            let next = (at + stream.shape.interval).max(now.checked_sub(MOST_LATE).unwrap_or(now));
            self.frames.push(Reverse((next, id, place)));
        }
    }

    fn spoil(&mut self) {
        let Some(spoil) = &mut self.spoil else { return };
        let passed = clock::now().saturating_duration_since(spoil.since);
        let due = (passed.as_secs_f64() * spoil.rate) as u64;
        let places = self.bots.len().max(1);
        for number in spoil.sent..due {
            if let Some(Some(bot)) = self.bots.get_mut(number as usize % places) {
                bot.spoil(&mut self.dice);
            }
        }
        spoil.sent = due;
    }

    fn run_timers(&mut self) {
        let now = clock::now();
        if let Some((at, every)) = self.nag
            && at <= now
        {
            self.nag = Some((now + every, every));
            for bot in self.bots.iter_mut().flatten() {
                bot.nag(&mut self.scratch);
            }
        }
        if self.tick > now {
            return;
        }
        self.tick = now + TICK;
        self.ticks += 1;
        for (place, bot) in self.bots.iter_mut().enumerate() {
            let Some(bot) = bot else { continue };
            bot.handle_timeout(now);
            // Not all at once: neither do browsers.
            let turn = self.ticks + place;
            if turn.is_multiple_of(FEEDBACK_TICKS) {
                bot.send_feedback(&mut self.scratch);
            }
            if turn.is_multiple_of(REPORT_TICKS) {
                bot.send_report(&mut self.scratch);
            }
        }
    }
}

/// By which its CPU time is found.
pub(crate) const THREAD: &str = "load-media";

const ORDERS: Token = Token(usize::MAX);
const TICK: Duration = Duration::from_millis(10);
/// A packet that takes longer is as good as lost.
const LONGEST: Duration = Duration::from_secs(1);
const MOST_LATE: Duration = Duration::from_millis(20);
/// As browsers do: every 50 ms.
const FEEDBACK_TICKS: usize = 5;
/// Every second.
const REPORT_TICKS: usize = 100;
