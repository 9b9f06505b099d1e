package org.lsradapt.store;

import java.time.Instant;

/**
 * A version of a key's adapter.
 *
 * @param number from 1, in the order of the puts
 * @param time when it was put
 */
public record StoredVersion(int number, Instant time) {}
