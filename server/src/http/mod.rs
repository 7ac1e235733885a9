//! The only room that speaks HTTP: routes, what is taken out of requests, what answers look like.
