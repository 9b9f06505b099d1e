package org.lsradapt.spark;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/** A standalone cluster of Spark on the loopback device: a master and workers of one core each, all processes of their own. */
final class LocalCluster implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String CLASS_PATH = Stream.of(
                    System.getProperty("java.class.path").split(File.pathSeparator))
            .map(entry -> Path.of(entry).toAbsolutePath().toString())
            .reduce((a, b) -> a + File.pathSeparator + b)
            .orElseThrow();

    private final Path folder;
    private final int port;
    private final Process master;
    private final List<Process> workers = new ArrayList<>();

    /**
     * Starts a cluster.
     *
     * @param folder for its logs and work
     * @param workerCount how many workers
     */
    LocalCluster(Path folder, int workerCount) throws Exception {
        this.folder = folder;
        port = freePort();
        master = start("master", "master.Master --host 127.0.0.1 --port " + port + " --webui-port " + freePort());
        awaitMaster();
        for (int i = 0; i < workerCount; i++) {
            workers.add(worker(i));
        }
    }

    private Process worker(int number) throws IOException {
        return start(
                "worker" + number,
                "worker.Worker --host 127.0.0.1 --cores 1 --memory 4g --webui-port " + freePort() + " --work-dir "
                        + folder.resolve("work" + number) + " " + master());
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private Process start(String name, String command) throws IOException {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m", "-cp", CLASS_PATH));
        line.addAll(List.of(("org.apache.spark.deploy." + command).split(" ")));
        ProcessBuilder builder = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile());
        // Without an installation: executors find their classes by spark.executor.extraClassPath.
        builder.environment()
                .putAll(Map.of(
                        "SPARK_HOME", folder.toString(),
                        "SPARK_TESTING", "1",
                        "SPARK_SCALA_VERSION", "2.13",
                        "SPARK_LOCAL_IP", "127.0.0.1"));
        return builder.start();
    }

    private void awaitMaster() throws Exception {
        Instant end = Instant.now().plus(PATIENCE);
        while (true) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException e) {
                if (!master.isAlive() || Instant.now().isAfter(end)) {
                    throw new IllegalStateException(Files.readString(folder.resolve("master.log")), e);
                }
                TimeUnit.MILLISECONDS.sleep(200);
            }
        }
    }

    private String master() {
        return "spark://127.0.0.1:" + port;
    }

    /** A session whose driver is this process, once all workers have given it their core. */
    SparkSession session() throws Exception {
        SparkSession session = SparkSession.builder()
                .master(master())
                .appName("cluster")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.executor.extraClassPath", CLASS_PATH)
                .config("spark.executor.memory", "3g")
                .config("spark.scheduler.minRegisteredResourcesRatio", "1")
                .config("spark.task.maxFailures", "8")
                .getOrCreate();
        Instant end = Instant.now().plus(PATIENCE);
        while (session.sparkContext().statusTracker().getExecutorInfos().length < workers.size() + 1) {
            if (Instant.now().isAfter(end)) {
                throw new IllegalStateException(Files.readString(folder.resolve("worker0.log")));
            }
            TimeUnit.MILLISECONDS.sleep(200);
        }
        return session;
    }

    /** Kills a worker and its executor at once, without a chance to say so. */
    void kill(int worker) {
        workers.get(worker).descendants().forEach(ProcessHandle::destroyForcibly);
        workers.get(worker).destroyForcibly();
    }

    /** Starts a killed worker again. */
    void restart(int number) throws IOException {
        workers.set(number, worker(number));
    }

    @Override
    public void close() throws Exception {
        for (int i = 0; i < workers.size(); i++) {
            kill(i);
        }
        master.destroyForcibly().waitFor();
    }
}
