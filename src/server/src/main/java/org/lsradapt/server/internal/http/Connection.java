package org.lsradapt.server.internal.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's connection, which has one request at a time. It keeps reading while a request is computed, and so learns when the client
 * hangs up. All fields are used by the channel's thread, except for those of waiting writers.
 */
// A failed write closes the channel, which cancels the request.
@SuppressWarnings("FutureReturnValueIgnored")
final class Connection extends SimpleChannelInboundHandler<HttpObject> {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    /** Messages of pipelined requests that are kept while another request is computed. */
    private static final int PIPELINED = 64;

    /** The time in which a client may read a refusal, while what it sends is thrown away. */
    private static final Duration LINGER = Duration.ofSeconds(2);

    private final HttpFront front;
    private final Object writing = new Object();
    private final Deque<HttpObject> pipelined = new ArrayDeque<>();
    private @Nullable HttpRequest head;
    private ByteArrayOutputStream body = new ByteArrayOutputStream(0);
    private long counted;
    private @Nullable Exchange exchange;
    private boolean refusing;
    private @Nullable Future<?> deadline;
    private volatile Channel channel;
    private volatile InetAddress client = InetAddress.getLoopbackAddress();

    Connection(HttpFront front) {
        this.front = front;
    }

    Channel channel() {
        return channel;
    }

    InetAddress client() {
        return client;
    }

    HttpFront.Limits limits() {
        return front.limits();
    }

    boolean isStopping() {
        return front.isStopping();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        channel = context.channel();
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (channel.remoteAddress() instanceof InetSocketAddress address) {
            client = address.getAddress();
        }
        if (!front.admit(this)) {
            context.close();
            return;
        }
        expect(front.limits().headers());
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        front.gone(this);
        expectNothing();
        forgetBody();
        pipelined.forEach(ReferenceCountUtil::release);
        pipelined.clear();
        if (exchange != null) {
            exchange.caller().cancel();
        }
        synchronized (writing) {
            writing.notifyAll();
        }
    }

    /** Closes the connection if no request is being read or computed. */
    void closeIfIdle() {
        channel.eventLoop().execute(() -> {
            if (head == null && exchange == null) {
                channel.close();
            }
        });
    }

    private void expect(Duration within) {
        expectNothing();
        deadline = channel.eventLoop().schedule(this::late, within.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void expectNothing() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }

    private void late() {
        if (head == null) {
            channel.close();
        } else {
            refuse(new ApiException(408, "request_timeout", "the request's body did not arrive in time"));
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
        if (refusing) {
            return;
        }
        if (exchange == null) {
            read(message);
        } else if (pipelined.size() < PIPELINED) {
            pipelined.add(ReferenceCountUtil.retain(message));
        } else {
            channel.close();
        }
    }

    private void read(HttpObject message) {
        if (message.decoderResult().isFailure()) {
            refuse(malformed(message.decoderResult().cause()));
            return;
        }
        if (message instanceof HttpRequest request) {
            begin(request);
        }
        if (message instanceof HttpContent content && head != null && !refusing) {
            collect(content.content());
            if (message instanceof LastHttpContent && !refusing) {
                serve();
            }
        }
    }

    private static ApiException malformed(Throwable cause) {
        if (cause instanceof TooLongHttpHeaderException) {
            return new ApiException(431, "headers_too_large", "the request's headers are too large");
        }
        return cause instanceof TooLongHttpLineException
                ? new ApiException(414, "uri_too_long", "the request's first line is too long")
                : ApiException.invalid("the request is not valid HTTP");
    }

    private void begin(HttpRequest request) {
        head = request;
        expect(front.limits().headers());
        Optional<ApiException> refusal = front.handler().refusal(request).or(() -> badTarget(request));
        if (refusal.isPresent()) {
            refuse(refusal.get());
        } else if (HttpUtil.isContentLengthSet(request)
                && length(request) > front.limits().bodyBytes()) {
            refuse(tooLarge());
        } else if (HttpUtil.is100ContinueExpected(request)) {
            channel.writeAndFlush(new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
        }
    }

    private static Optional<ApiException> badTarget(HttpRequest request) {
        try {
            QueryStringDecoder target = new QueryStringDecoder(request.uri());
            target.path();
            target.parameters();
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(ApiException.invalid("the request's path is malformed: " + e.getMessage()));
        }
    }

    /** The stated length; the largest number if it is not one. */
    private static long length(HttpRequest request) {
        try {
            long stated = HttpUtil.getContentLength(request);
            return stated < 0 ? Long.MAX_VALUE : stated;
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    private ApiException tooLarge() {
        return ApiException.tooLarge(
                "the request's body has more than " + front.limits().bodyBytes() + " bytes, the limit of this server");
    }

    private void collect(ByteBuf content) {
        int more = content.readableBytes();
        if (body.size() + (long) more > front.limits().bodyBytes()) {
            refuse(tooLarge());
            return;
        }
        if (!front.hold(client, more)) {
            refuse(new ApiException(503, "overloaded", "the server holds too many bodies of requests, try again"));
            return;
        }
        counted += more;
        try {
            content.readBytes(body, more);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void forgetBody() {
        front.release(client, counted);
        counted = 0;
        body = new ByteArrayOutputStream(0);
    }

    private void serve() {
        expectNothing();
        exchange = new Exchange(this, head, body.toByteArray());
        body = new ByteArrayOutputStream(0);
        front.handler().handle(exchange);
    }

    /** Answers without reading the rest of the request, and closes when the client has had time to read the answer. */
    private void refuse(ApiException failure) {
        refusing = true;
        front.handler().refused(failure);
        expectNothing();
        forgetBody();
        byte[] content = Json.bytes(Json.of(failure));
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(failure.status()), Unpooled.wrappedBuffer(content));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .set(HttpHeaderNames.CONNECTION, "close")
                .setInt(HttpHeaderNames.CONTENT_LENGTH, content.length);
        if (failure.status() == 401) {
            response.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
        }
        channel.writeAndFlush(response).addListener(written -> {
            ((DuplexChannel) channel).shutdownOutput();
            channel.eventLoop().schedule(() -> channel.close(), LINGER.toMillis(), TimeUnit.MILLISECONDS);
        });
    }

    /** Writes the last part of an answer; then the next request may come. Called by any thread. */
    void finish(Exchange finished, Object last) {
        channel.writeAndFlush(last).addListener(written -> {
            boolean keep = written.isSuccess() && finished.keepsAlive();
            head = null;
            exchange = null;
            forgetBody();
            front.served();
            if (!keep) {
                channel.close();
                return;
            }
            expect(front.limits().idle());
            while (exchange == null && !refusing && !pipelined.isEmpty()) {
                HttpObject next = pipelined.poll();
                try {
                    read(next);
                } finally {
                    ReferenceCountUtil.release(next);
                }
            }
        });
    }

    /** Waits until the client has read enough of an answer; returns false if it takes too long. */
    boolean awaitWritable(long most, TimeUnit unit) {
        long end = System.nanoTime() + unit.toNanos(most);
        synchronized (writing) {
            while (!channel.isWritable() && channel.isActive()) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                try {
                    TimeUnit.NANOSECONDS.timedWait(writing, left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
        }
        return true;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        synchronized (writing) {
            writing.notifyAll();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException) {
            LOG.debug("a connection was closed by its client: {}", cause.toString());
        } else {
            LOG.error("a connection failed", cause);
        }
        context.close();
    }
}
