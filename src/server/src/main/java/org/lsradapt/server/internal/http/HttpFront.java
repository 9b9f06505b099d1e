package org.lsradapt.server.internal.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads requests and writes answers over HTTP/1.1, within limits. Few threads serve all connections, so slow clients cost memory only:
 * headers, bodies and connections have limits of size, number and time.
 */
@SuppressWarnings("FutureReturnValueIgnored")
public final class HttpFront implements AutoCloseable {
    private static final int LINE_BYTES = 8 << 10;
    private static final int HEADER_BYTES = 16 << 10;
    private static final int CHUNK_BYTES = 64 << 10;
    private static final int BACKLOG = 1024;
    private static final int THREADS = 2;

    /** The bodies of this many of the largest requests may be in memory at once. */
    private static final int LARGEST_BODIES = 32;

    private final Limits limits;
    private final Handler handler;
    private final EventLoopGroup threads = new MultiThreadIoEventLoopGroup(THREADS, NioIoHandler.newFactory());
    private final Channel listening;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicLong held = new AtomicLong();
    private final ClientShare connectionShares;
    private final ClientShare bodyShares;
    private volatile boolean stopping;

    /**
     * Limits of clients.
     *
     * @param bodyBytes the largest body
     * @param tokens the largest number of tokens that are computed for a request
     * @param connections the largest number of connections
     * @param clientShare the part of connections and of bodies in memory that one client may have
     * @param headers the longest time for headers, and for a body
     * @param idle the longest time between requests
     */
    public record Limits(
            int bodyBytes, int tokens, int connections, double clientShare, Duration headers, Duration idle) {}

    /** Answers requests; called by the threads of connections, so it must not block. */
    public interface Handler {

        /** Returns the reason to refuse a request by its headers, before its body is read. */
        Optional<ApiException> refusal(HttpRequest head);

        /** Answers a request, in any thread. */
        void handle(Exchange exchange);

        /** Hears of a request that was refused before it was whole. */
        default void refused(ApiException failure) {}
    }

    /** Begins to listen, on a free port if the address has port 0; the exception names an address that cannot be used. */
    public HttpFront(InetSocketAddress address, Limits limits, Handler handler) throws IOException {
        if (address.isUnresolved()) {
            threads.shutdownGracefully();
            throw new IOException("cannot listen on " + address.getHostString() + ": there is no host of this name");
        }
        this.limits = limits;
        this.handler = handler;
        connectionShares = new ClientShare(limits.connections(), limits.clientShare());
        bodyShares = new ClientShare(mostHeld(), limits.clientShare());
        ServerBootstrap server = new ServerBootstrap()
                .group(threads)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline()
                                .addLast(new HttpServerCodec(new HttpDecoderConfig()
                                        .setMaxInitialLineLength(LINE_BYTES)
                                        .setMaxHeaderSize(HEADER_BYTES)
                                        .setMaxChunkSize(CHUNK_BYTES)))
                                .addLast(new Connection(HttpFront.this));
                    }
                });
        var bound = server.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            threads.shutdownGracefully();
            throw new IOException(
                    "cannot listen on " + address.getHostString() + ":" + address.getPort() + ": "
                            + bound.cause().getMessage(),
                    bound.cause());
        }
        listening = bound.channel();
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) listening.localAddress();
    }

    public int connections() {
        return connections.size();
    }

    Limits limits() {
        return limits;
    }

    Handler handler() {
        return handler;
    }

    boolean isStopping() {
        return stopping;
    }

    boolean admit(Connection connection) {
        if (stopping || connections.size() >= limits.connections() || !connectionShares.take(connection.client(), 1)) {
            return false;
        }
        return connections.add(connection);
    }

    void gone(Connection connection) {
        if (connections.remove(connection)) {
            connectionShares.giveBack(connection.client(), 1);
        }
        served();
    }

    void served() {
        synchronized (connections) {
            connections.notifyAll();
        }
    }

    private long mostHeld() {
        return (long) LARGEST_BODIES * limits.bodyBytes();
    }

    /** Counts bytes of bodies in memory; returns false, and counts nothing, if there are too many. */
    boolean hold(InetAddress client, long bytes) {
        if (!bodyShares.take(client, bytes)) {
            return false;
        }
        if (held.addAndGet(bytes) <= mostHeld()) {
            return true;
        }
        release(client, bytes);
        return false;
    }

    void release(InetAddress client, long bytes) {
        held.addAndGet(-bytes);
        bodyShares.giveBack(client, bytes);
    }

    /**
     * Takes no more connections, and closes those without a request. Requests that have begun are answered.
     *
     * @param grace the longest time to wait for them
     * @return whether all were answered in time
     */
    public boolean stop(Duration grace) throws InterruptedException {
        stopping = true;
        listening.close().awaitUninterruptibly();
        connections.forEach(Connection::closeIfIdle);
        long end = System.nanoTime() + grace.toNanos();
        synchronized (connections) {
            while (!connections.isEmpty()) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                TimeUnit.NANOSECONDS.timedWait(connections, Math.min(left, TimeUnit.MILLISECONDS.toNanos(100)));
            }
        }
        return true;
    }

    /** Closes all connections and ends the threads. */
    @Override
    public void close() {
        stopping = true;
        listening.close().awaitUninterruptibly();
        connections.forEach(connection -> connection.channel().close());
        threads.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
