package org.lsradapt.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.server.ServerFixture.Answer;

/** Clients that are slow, many, greedy or wrong, beside one that is answered all the while. */
@Timeout(120)
class HostileClientsTest {
    private static final String EMBED = "{\"model\": \"tiny\", \"input\": \"hello world\"}";
    private static final int MEGABYTE = 1 << 20;

    @TempDir
    Path folder;

    private ServerFixture fixture;
    private AdapterServer server;

    @BeforeEach
    void open() throws IOException {
        fixture = new ServerFixture(folder);
        server = AdapterServer.on(fixture.base)
                .port(0)
                .limits(ServerLimits.defaults()
                        .withConnections(300)
                        .withWaiting(8)
                        .withTimes(Duration.ofMillis(700), Duration.ofSeconds(20), Duration.ofSeconds(20)))
                .start();
    }

    @AfterEach
    void close() throws Exception {
        assertEquals(200, fixture.post(server, "/v1/embeddings", EMBED).status());
        server.close();
        fixture.close();
    }

    private Socket connect() throws IOException {
        return connect(new Socket());
    }

    /** Connects from another address of this machine. */
    private Socket connectFrom(String address) throws IOException {
        Socket socket = new Socket();
        try {
            socket.bind(new InetSocketAddress(address, 0));
        } catch (IOException e) {
            assumeTrue(false, "this machine has no address " + address);
        }
        return connect(socket);
    }

    private Socket connect(Socket socket) throws IOException {
        URI uri = server.uri();
        socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()), 5000);
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    /** Reads until the server closes the connection. */
    private static String readAll(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static String request(String path, String headers, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n" + body;
    }

    @Test
    void slowHeaders_andConnectionsWithoutARequest_areClosed() throws IOException {
        try (Socket silent = connect();
                Socket slow = connect()) {
            write(slow, "POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nX-Slow: ");
            long begin = System.nanoTime();
            assertEquals("", readAll(silent));
            assertEquals("", readAll(slow));
            long millis = (System.nanoTime() - begin) / 1_000_000;
            assertTrue(millis < 10_000, "closed after " + millis + " ms");
        }
    }

    @Test
    void aPathThatCannotBeDecoded_isRefused() throws IOException {
        for (String path : List.of("/%zz", "/v1/models?after=%c")) {
            try (Socket wrong = connect()) {
                write(wrong, request(path, "Content-Length: 0\r\n", ""));
                assertTrue(readAll(wrong).startsWith("HTTP/1.1 400 "), path);
            }
        }
    }

    @Test
    void halfABody_getsATimeout() throws IOException {
        try (Socket half = connect()) {
            write(half, request("/v1/embeddings", "Content-Length: 100\r\n", "{\"model\""));
            assertTrue(readAll(half).startsWith("HTTP/1.1 408 "));
        }
    }

    @Test
    void largeBodies_areRefused_withAndWithoutALength() throws IOException {
        byte[] zeros = new byte[MEGABYTE];
        for (String length : List.of("Content-Length: " + 64 * MEGABYTE + "\r\n", "Transfer-Encoding: chunked\r\n")) {
            try (Socket large = connect()) {
                write(large, request("/v1/embeddings", length, ""));
                OutputStream out = large.getOutputStream();
                try {
                    for (int i = 0; i < 64; i++) {
                        if (length.startsWith("T")) {
                            write(large, Integer.toHexString(MEGABYTE) + "\r\n");
                        }
                        out.write(zeros);
                        if (length.startsWith("T")) {
                            write(large, "\r\n");
                        }
                    }
                } catch (IOException e) {
                    // The server has stopped reading.
                }
                String answer = firstLine(large);
                assertTrue(answer.startsWith("HTTP/1.1 413 ") || answer.isEmpty(), answer);
            }
        }
        try (Socket polite = connect()) {
            write(polite, request("/v1/embeddings", "Content-Length: 67108864\r\nExpect: 100-continue\r\n", ""));
            assertTrue(readAll(polite).startsWith("HTTP/1.1 413 "));
        }
    }

    /** The first line of an answer; empty if the connection was reset before it. */
    private static String firstLine(Socket socket) {
        try {
            String line = new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1))
                    .readLine();
            return line == null ? "" : line;
        } catch (IOException e) {
            return "";
        }
    }

    @Test
    void malformedHttp_isRefused() throws IOException {
        for (List<String> one : List.of(
                List.of("\0\1\2\3\r\n\r\n", "400"),
                List.of("GET / HTTP/9.9.9\r\n\r\n", "400"),
                List.of("GET /" + "a".repeat(20_000) + " HTTP/1.1\r\n\r\n", "414"),
                List.of("GET / HTTP/1.1\r\nX: " + "a".repeat(40_000) + "\r\n\r\n", "431"),
                List.of(request("/classify", "Content-Length: many\r\n", ""), "4"),
                List.of(request("/classify", "Content-Length: -5\r\n", ""), "4"),
                List.of(request("/classify", "Transfer-Encoding: chunked\r\n", "zz\r\n"), "400"))) {
            try (Socket socket = connect()) {
                write(socket, one.get(0));
                String answer = readAll(socket);
                assertTrue(answer.startsWith("HTTP/1.1 " + one.get(1)), answer);
            }
        }
    }

    @Test
    void deepNesting_isRefused() throws Exception {
        String deep = "{\"model\": \"tiny\", \"input\": " + "[".repeat(200_000);
        assertEquals(400, fixture.post(server, "/v1/embeddings", deep).status());
        String objects = "{\"messages\": ".repeat(100_000);
        assertEquals(400, fixture.post(server, "/v1/chat/completions", objects).status());
    }

    @Test
    void connectionsAboveTheLimit_areClosed_andOthersAreAnswered() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        try {
            assertEquals(200, fixture.get(server, "/health").status());
            for (int i = 0; i < 1000; i++) {
                sockets.add(connect());
            }
            assertEquals(200, fixture.get(server, "/health").status());
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void pipelinedRequests_areAnsweredInOrder_andAFloodIsClosed() throws IOException {
        String one = request("/classify", "Content-Length: " + EMBED.length() + "\r\n", EMBED);
        String other = "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        try (Socket socket = connect()) {
            write(socket, one + one + other);
            String answers = readAll(socket);
            assertTrue(answers.indexOf("400 Bad Request") < answers.lastIndexOf("400 Bad Request"), answers);
            assertTrue(answers.lastIndexOf("400 Bad Request") < answers.indexOf("200 OK"), answers);
        }
        try (Socket flood = connect()) {
            byte[] requests = one.repeat(100).getBytes(StandardCharsets.ISO_8859_1);
            OutputStream out = flood.getOutputStream();
            InputStream in = flood.getInputStream();
            for (int i = 0; i < 1000; i++) {
                out.write(requests);
                if (in.available() > 0) {
                    in.skipNBytes(in.available());
                }
            }
        } catch (IOException e) {
            // Closed by the server, which is one of the two allowed ends.
        }
    }

    @Test
    void requestsAboveTheLimit_areToldToComeBack() throws Exception {
        String many = "{\"model\": \"tiny\", \"input\": [" + "\"hello world cafe\",".repeat(999) + "\"cafe\"]}";
        ExecutorService clients = Executors.newFixedThreadPool(60);
        try {
            List<Future<Answer>> answers = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                answers.add(clients.submit(() -> fixture.post(server, "/v1/embeddings", many)));
            }
            Set<Integer> statuses = new TreeSet<>();
            for (Future<Answer> answer : answers) {
                statuses.add(answer.get().status());
                if (answer.get().status() == 429) {
                    assertEquals(
                            "1",
                            answer.get()
                                    .response()
                                    .headers()
                                    .firstValue("Retry-After")
                                    .orElse(""));
                    assertEquals(
                            "rate_limit_error",
                            answer.get().json().at("/error/type").asText());
                }
            }
            assertEquals(Set.of(200, 429), statuses);
        } finally {
            clients.shutdownNow();
        }
    }

    @Test
    void connectionsOfOneAddress_leaveHalfToOthers() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 300; i++) {
                sockets.add(connectFrom("127.0.0.2"));
            }
            try (Socket other = connectFrom("127.0.0.3")) {
                write(other, "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
                assertTrue(readAll(other).startsWith("HTTP/1.1 200 "));
            }
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void requestsOfOneAddress_leaveHalfToOthers() throws Exception {
        String many = "{\"model\": \"tiny\", \"input\": [" + "\"hello world cafe\",".repeat(999) + "\"cafe\"]}";
        String request =
                request("/v1/embeddings", "Connection: close\r\nContent-Length: " + many.length() + "\r\n", many);
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 12; i++) {
                sockets.add(connectFrom("127.0.0.2"));
            }
            for (Socket socket : sockets) {
                write(socket, request);
            }
            assertEquals(200, fixture.post(server, "/v1/embeddings", EMBED).status());
            int refused = 0;
            for (Socket socket : sockets) {
                String answer = readAll(socket);
                boolean late = answer.startsWith("HTTP/1.1 429 ");
                assertTrue(
                        late ? answer.contains("your address has 4 requests") : answer.startsWith("HTTP/1.1 200 "),
                        answer);
                refused += late ? 1 : 0;
            }
            assertTrue(refused >= 1 && refused <= 8, refused + " of 12 were refused");
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    /** Damages valid requests: no answer may blame the server, and none may be missing. */
    @Test
    void damagedRequests_areNeverTheServersFault() throws Exception {
        List<List<String>> requests = List.of(
                List.of("/v1/embeddings", EMBED),
                List.of("/v1/embeddings", "{\"model\": \"tiny\", \"input\": [\"a\", \"b\"], \"dimensions\": 2}"),
                List.of(
                        "/v1/rerank",
                        "{\"model\": \"tiny\", \"query\": \"a\", \"documents\": [\"b\", {\"text\": \"c\"}]}"),
                List.of("/classify", "{\"model\": \"tiny\", \"input\": [{\"text\": \"a\", \"text_pair\": \"b\"}]}"),
                List.of("/predict", "{\"inputs\": [[\"a\", \"b\"], [\"c\"]]}"),
                List.of("/answer", "{\"model\": \"tiny\", \"inputs\": [{\"question\": \"a\", \"context\": \"b\"}]}"),
                List.of(
                        "/v1/chat/completions",
                        "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"stop\": [\"b\"],"
                                + " \"stream_options\": {\"include_usage\": true}, \"temperature\": 0.5}"),
                List.of("/v1/load_lora_adapter", "{\"lora_name\": \"a\", \"lora_path\": \"b\"}"));
        Random random = new Random(11);
        Set<Integer> statuses = new TreeSet<>();
        for (int i = 0; i < 1500; i++) {
            List<String> one = requests.get(random.nextInt(requests.size()));
            byte[] body = damaged(one.get(1).getBytes(StandardCharsets.UTF_8), random);
            int status = fixture.send(HttpRequest.newBuilder(server.uri().resolve(one.get(0)))
                            .POST(BodyPublishers.ofByteArray(body)))
                    .status();
            assertTrue(status < 500, () -> new String(body, StandardCharsets.ISO_8859_1));
            statuses.add(status);
        }
        assertTrue(statuses.containsAll(Set.of(200, 400, 403, 404)), statuses.toString());
    }

    private static byte[] damaged(byte[] body, Random random) {
        byte[] other =
                random.nextInt(4) == 0 ? java.util.Arrays.copyOf(body, random.nextInt(body.length)) : body.clone();
        for (int n = random.nextInt(3); n > 0 && other.length > 0; n--) {
            byte[] signs = "{}[]\",:0-\\\u0000x".getBytes(StandardCharsets.UTF_8);
            other[random.nextInt(other.length)] =
                    random.nextBoolean() ? signs[random.nextInt(signs.length)] : (byte) random.nextInt();
        }
        return other;
    }
}
