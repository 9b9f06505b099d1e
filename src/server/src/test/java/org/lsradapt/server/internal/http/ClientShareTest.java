package org.lsradapt.server.internal.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClientShareTest {

    private static InetAddress address(String literal) throws UnknownHostException {
        return InetAddress.getByName(literal);
    }

    @Test
    void take_upToTheShare_thenAfterGivingBack() throws Exception {
        ClientShare share = new ClientShare(10, 0.5);
        InetAddress one = address("192.0.2.1");
        assertTrue(share.take(one, 3));
        assertFalse(share.take(one, 3));
        assertTrue(share.take(one, 2));
        assertTrue(share.take(address("192.0.2.2"), 5));
        share.giveBack(one, 5);
        assertTrue(share.take(one, 5));
        share.giveBack(one, 5);
        share.giveBack(address("192.0.2.2"), 5);
        assertEquals(0, share.clients(), "nothing is kept of clients that have gone");
    }

    @Test
    void ipv6_isSharedByANetwork() throws Exception {
        ClientShare share = new ClientShare(2, 0.5);
        assertTrue(share.take(address("2001:db8:1:2::1"), 1));
        assertFalse(share.take(address("2001:db8:1:2:ffff::7"), 1));
        assertTrue(share.take(address("2001:db8:1:3::1"), 1));
    }

    @Test
    void proxyOfThisMachine_isNotLimited() throws Exception {
        ClientShare share = new ClientShare(1, 0.1);
        for (String proxy : List.of("127.0.0.1", "::1")) {
            assertTrue(share.take(address(proxy), 9));
            share.giveBack(address(proxy), 9);
        }
        assertEquals(1, share.most());
        assertTrue(share.take(address("127.0.0.2"), 1));
        assertFalse(share.take(address("127.0.0.2"), 1));
    }
}
