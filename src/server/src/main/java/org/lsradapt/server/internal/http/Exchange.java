package org.lsradapt.server.internal.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.lsradapt.serving.PassCaller;

/** One request and its answer, which any one thread gives once. A client that hangs up cancels the {@link #caller}. */
// A failed write closes the channel, which cancels the request.
@SuppressWarnings("FutureReturnValueIgnored")
public final class Exchange {
    private static final int SLOW_READER_SECONDS = 30;

    private final Connection connection;
    private final HttpRequest head;
    private final byte[] body;
    private final QueryStringDecoder target;
    private final PassCaller caller = new PassCaller(this::requireTokens);
    private volatile int status;

    Exchange(Connection connection, HttpRequest head, byte[] body) {
        this.connection = connection;
        this.head = head;
        this.body = body;
        target = new QueryStringDecoder(head.uri());
    }

    public String method() {
        return head.method().name();
    }

    /** The decoded path. */
    public String path() {
        return target.path();
    }

    public String query(String name, String otherwise) {
        List<String> values = target.parameters().get(name);
        return values == null ? otherwise : values.get(0);
    }

    /** The body; empty without one. */
    public byte[] body() {
        return body;
    }

    public InetAddress client() {
        return connection.client();
    }

    private void requireTokens(long tokens) {
        int most = connection.limits().tokens();
        if (tokens > most) {
            throw ApiException.tooLarge("the request has " + tokens + " tokens or more, the limit of this server is "
                    + most + "; send fewer or shorter texts");
        }
    }

    public PassCaller caller() {
        return caller;
    }

    /** The status of the answer; 0 before it. */
    public int status() {
        return status;
    }

    public void reply(int code, Object json) {
        reply(code, "application/json", Json.bytes(json), Map.of());
    }

    public void reply(ApiException failure) {
        reply(failure, failure.status() == 429 || failure.status() == 503 ? Map.of("Retry-After", "1") : Map.of());
    }

    public void reply(ApiException failure, Map<String, String> headers) {
        reply(failure.status(), "application/json", Json.bytes(Json.of(failure)), headers);
    }

    public void reply(int code, String type, byte[] content, Map<String, String> headers) {
        status = code;
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(code), Unpooled.wrappedBuffer(content));
        headers(response, type);
        headers.forEach((name, value) -> response.headers().set(name, value));
        response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, content.length);
        connection.finish(this, response);
    }

    private void headers(HttpResponse response, String type) {
        HttpHeaders headers = response.headers();
        headers.set(HttpHeaderNames.CONTENT_TYPE, type);
        headers.set("X-Content-Type-Options", "nosniff");
        HttpUtil.setKeepAlive(response, keepsAlive());
    }

    boolean keepsAlive() {
        return HttpUtil.isKeepAlive(head) && !connection.isStopping();
    }

    /** Ends an answer that cannot be completed, and with it the connection. */
    public void abort() {
        connection.channel().close();
    }

    /** Begins an answer of server-sent events. */
    public Events events() {
        status = 200;
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        headers(response, "text/event-stream; charset=utf-8");
        response.headers().set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_CACHE);
        HttpUtil.setTransferEncodingChunked(response, true);
        connection.channel().writeAndFlush(response);
        return new Events();
    }

    /** Server-sent events, for one thread. */
    public final class Events {
        private Events() {}

        /** Sends one line; throws a {@link CancellationException} if the client has hung up, or reads nothing for 30 seconds. */
        public void send(String data) {
            Channel channel = connection.channel();
            if (!connection.awaitWritable(SLOW_READER_SECONDS, TimeUnit.SECONDS)) {
                caller.cancel();
                channel.close();
            }
            if (caller.isCancelled()) {
                throw new CancellationException("the client has hung up");
            }
            byte[] event = ("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
            channel.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(event)));
        }

        public void end() {
            connection.finish(Exchange.this, LastHttpContent.EMPTY_LAST_CONTENT);
        }
    }
}
