package org.lsradapt.server.internal.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.handler.codec.http.HttpRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HttpFrontTest {
    private static final HttpFront.Limits LIMITS =
            new HttpFront.Limits(1 << 20, 100, 100, 0.5, Duration.ofSeconds(20), Duration.ofSeconds(20));

    private final BlockingQueue<Exchange> exchanges = new LinkedBlockingQueue<>();
    private HttpFront front;

    @BeforeEach
    void open() throws IOException {
        front = new HttpFront(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), LIMITS, new HttpFront.Handler() {
                    @Override
                    public Optional<ApiException> refusal(HttpRequest head) {
                        return Optional.empty();
                    }

                    @Override
                    public void handle(Exchange exchange) {
                        exchanges.add(exchange);
                    }
                });
    }

    @AfterEach
    void close() {
        front.close();
    }

    private Socket asked() throws IOException {
        Socket socket = new Socket(front.address().getAddress(), front.address().getPort());
        socket.getOutputStream()
                .write("GET /a%20b?c=d HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    /** Opens a connection from another address of this machine. */
    private Socket from(String address) throws IOException {
        Socket socket = new Socket();
        try {
            socket.bind(new InetSocketAddress(address, 0));
        } catch (IOException e) {
            assumeTrue(false, "this machine has no address " + address);
        }
        socket.connect(front.address());
        return socket;
    }

    private static void await(java.util.function.BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            Thread.sleep(5);
        }
    }

    @Test
    void exchange_hasTheRequest() throws Exception {
        try (Socket socket = asked()) {
            Exchange exchange = exchanges.take();
            assertEquals("GET", exchange.method());
            assertEquals("/a b", exchange.path());
            assertEquals("d", exchange.query("c", ""));
            assertEquals("none", exchange.query("x", "none"));
            exchange.reply(200, Map.of("a", 1));
            assertTrue(socket.getInputStream().read() > 0);
        }
    }

    @Test
    void clientThatHangsUp_cancelsItsRequest() throws Exception {
        Socket socket = asked();
        Exchange exchange = exchanges.take();
        assertFalse(exchange.caller().isCancelled());
        socket.close();
        await(() -> exchange.caller().isCancelled());
        exchange.reply(200, Map.of());
        await(() -> front.connections() == 0);
    }

    @Test
    void clientThatHangsUp_endsItsEvents() throws Exception {
        Socket socket = asked();
        Exchange exchange = exchanges.take();
        Exchange.Events events = exchange.events();
        events.send("one");
        byte[] read = new byte[600];
        int length = 0;
        while (!new String(read, 0, length, StandardCharsets.UTF_8).contains("data: one\n\n")) {
            length += socket.getInputStream().read(read, length, read.length - length);
        }
        socket.close();
        assertThrows(CancellationException.class, () -> {
            while (true) {
                events.send("more");
            }
        });
    }

    @Test
    void stop_answersWhatHasBegun_andClosesTheRest() throws Exception {
        try (Socket idle =
                        new Socket(front.address().getAddress(), front.address().getPort());
                Socket busy = asked()) {
            Exchange exchange = exchanges.take();
            CompletableFuture<Boolean> stopped = CompletableFuture.supplyAsync(() -> {
                try {
                    return front.stop(Duration.ofSeconds(20));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertEquals(-1, idle.getInputStream().read());
            assertFalse(stopped.isDone());
            exchange.reply(200, Map.of("late", true));
            String answer = new String(busy.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answer.contains("connection: close") && answer.endsWith("{\"late\":true}\n"), answer);
            assertTrue(stopped.get());
            assertThrows(IOException.class, () -> asked().getInputStream().read());
        }
    }

    @Test
    void stop_endsWithoutAnAnswer_whenTheTimeIsOver() throws Exception {
        try (Socket busy = asked()) {
            exchanges.take();
            assertFalse(front.stop(Duration.ofMillis(50)));
            front.close();
            assertEquals(-1, busy.getInputStream().read());
        }
    }

    @Test
    void oneAddress_hasHalfOfTheConnections_andThoseOfAProxyAreNotCounted() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 80; i++) {
            sockets.add(from("127.0.0.2"));
        }
        await(() -> front.connections() == 50);
        for (int i = 0; i < 40; i++) {
            sockets.add(from("127.0.0.1"));
        }
        await(() -> front.connections() == 90);
        sockets.add(from("127.0.0.3"));
        await(() -> front.connections() == 91);
        for (Socket socket : sockets) {
            socket.close();
        }
        await(() -> front.connections() == 0);
        try (Socket again = from("127.0.0.2")) {
            await(() -> front.connections() == 1);
        }
    }

    private static Socket answered(List<Socket> sockets) throws Exception {
        while (true) {
            for (Socket socket : sockets) {
                if (socket.getInputStream().available() > 0) {
                    return socket;
                }
            }
            Thread.sleep(5);
        }
    }

    @Test
    void oneAddress_hasHalfOfTheMemoryForBodies() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        byte[] body = new byte[(1 << 20) - 1];
        for (int i = 0; i < 17; i++) {
            Socket socket = from("127.0.0.2");
            sockets.add(socket);
            socket.getOutputStream()
                    .write(("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + (1 << 20) + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(body);
        }
        String refused = new String(answered(sockets).getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(refused.startsWith("HTTP/1.1 503 "), refused);
        try (Socket other = from("127.0.0.3")) {
            other.getOutputStream()
                    .write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na"
                            .getBytes(StandardCharsets.US_ASCII));
            assertEquals(1, exchanges.take().body().length);
        }
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    @Test
    void address_inUse_isNamed() {
        IOException thrown = assertThrows(IOException.class, () -> new HttpFront(front.address(), LIMITS, null));
        assertTrue(thrown.getMessage().startsWith("cannot listen on "), thrown.getMessage());
    }
}
