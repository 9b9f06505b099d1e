package org.lsradapt.server.internal.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Counts what each client has of something, so that no one has it all. Clients are told apart by their addresses, with IPv6 by the first
 * 64 bits, which one network has to itself. 127.0.0.1 and ::1 are not limited, since a proxy there speaks for many clients. Safe for many
 * threads.
 */
public final class ClientShare {
    private static final int NETWORK_BYTES = 8;
    private static final Set<ByteBuffer> UNLIMITED = Set.of(
            ByteBuffer.wrap(new byte[] {127, 0, 0, 1}),
            ByteBuffer.wrap(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));

    private final long most;
    private final ConcurrentMap<ByteBuffer, Long> taken = new ConcurrentHashMap<>();

    /** Shares a number among clients, of which each may have a share above 0 and at most 1, and one at least. */
    public ClientShare(long all, double share) {
        most = Math.max(1, (long) (all * share));
    }

    public long most() {
        return most;
    }

    /** Takes some for a client; returns false, and takes nothing, if it would have too many. */
    public boolean take(InetAddress client, long count) {
        if (isUnlimited(client)) {
            return true;
        }
        if (taken.merge(key(client), count, Long::sum) <= most) {
            return true;
        }
        giveBack(client, count);
        return false;
    }

    public void giveBack(InetAddress client, long count) {
        if (!isUnlimited(client)) {
            taken.computeIfPresent(key(client), (same, has) -> has == count ? null : has - count);
        }
    }

    int clients() {
        return taken.size();
    }

    private static boolean isUnlimited(InetAddress client) {
        return UNLIMITED.contains(ByteBuffer.wrap(client.getAddress()));
    }

    private static ByteBuffer key(InetAddress client) {
        byte[] address = client.getAddress();
        return ByteBuffer.wrap(address, 0, client instanceof Inet6Address ? NETWORK_BYTES : address.length);
    }
}
