//! The orders of two tenants. Nothing in here is secret: it stands for a system that a real shop has somewhere else.

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::Path,
};

/// A customer of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tenant {
    /// Acme Corp.
    Acme,
    /// Blue Bakery.
    BlueBakery,
}

/// An order, as its customer sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Order {
    pub number: u64,
    pub items: &'static str,
    pub total: &'static str,
    pub status: &'static str,
    pub delivery: &'static str,
}

/// One tenant's orders, with what has happened to them.
pub(super) struct Book<'p> {
    tenant: Tenant,
    refunds: &'p Path,
    refunded: Vec<u64>,
}

/// Why there is no refund.
#[derive(Debug)]
pub(super) enum RefundError {
    Unknown,
    Already,
    NotKept,
}

/// What becomes of an order.
const REFUNDED: &str = "refunded";

const ACME: &[Order] = &[
    order(1041, "12 cardboard boxes, large", "€ 38.40", "delivered", "last Thursday"),
    order(1042, "2 packing tables", "€ 519.00", "on its way", "Tuesday before noon"),
    order(1043, "40 rolls of packing tape", "€ 96.00", "on its way", "Wednesday"),
];

const BLUE_BAKERY: &[Order] = &[
    order(2207, "500 paper bags, small", "€ 45.50", "delivered", "yesterday"),
    order(2208, "1 dough mixer", "€ 1,290.00", "on its way", "Friday afternoon"),
];

const fn order(
    number: u64,
    items: &'static str,
    total: &'static str,
    status: &'static str,
    delivery: &'static str,
) -> Order {
    Order { number, items, total, status, delivery }
}

/// How many orders of a tenant are on their way, as far as its website knows.
pub fn open_orders(tenant: Tenant) -> usize {
    tenant.orders().iter().filter(|order| order.status == "on its way").count()
}

impl Tenant {
    /// What the order system calls it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Acme => "acme-corp",
            Self::BlueBakery => "blue-bakery",
        }
    }

    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Acme => "Acme Corp",
            Self::BlueBakery => "Blue Bakery",
        }
    }

    /// What the order system lets it in with.
    pub const fn token(self) -> &'static str {
        match self {
            Self::Acme => "demo-token-of-acme-corp",
            Self::BlueBakery => "demo-token-of-blue-bakery",
        }
    }

    /// The tenant `id`, if `token` is its own.
    pub(super) fn authenticated(id: &str, token: &SecretString) -> Option<Self> {
        [Self::Acme, Self::BlueBakery]
            .into_iter()
            .find(|tenant| tenant.id() == id && tenant.token() == token.expose_secret())
    }

    const fn orders(self) -> &'static [Order] {
        match self {
            Self::Acme => ACME,
            Self::BlueBakery => BLUE_BAKERY,
        }
    }
}

impl<'p> Book<'p> {
    /// Reads which orders were refunded: one number a line.
    pub(super) fn open(tenant: Tenant, refunds: &'p Path) -> io::Result<Self> {
        let text = match fs::read_to_string(refunds) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            read => read?,
        };
        let refunded = text.lines().filter_map(|line| line.parse().ok()).collect();
        Ok(Self { tenant, refunds, refunded })
    }

    pub(super) fn orders(&self) -> Vec<Order> {
        self.tenant.orders().iter().map(|order| self.as_it_is(order)).collect()
    }

    pub(super) fn find(&self, number: u64) -> Option<Order> {
        self.tenant.orders().iter().find(|order| order.number == number).map(|order| self.as_it_is(order))
    }

    pub(super) fn refund(mut self, number: u64) -> Result<Order, RefundError> {
        let order = self.find(number).ok_or(RefundError::Unknown)?;
        if order.status == REFUNDED {
            return Err(RefundError::Already);
        }
        let kept = File::options().create(true).append(true).open(self.refunds);
        kept.and_then(|mut file| writeln!(file, "{number}")).map_err(|_| RefundError::NotKept)?;
        self.refunded.push(number);
        Ok(self.as_it_is(&order))
    }

    fn as_it_is(&self, order: &Order) -> Order {
        match self.refunded.contains(&order.number) {
            true => Order { status: REFUNDED, ..order.clone() },
            false => order.clone(),
        }
    }
}
