package org.lsradapt.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A million inputs, divided among the readers: {@code mvn -Pfuzz test}. Each reader is fuzzed by Jazzer in a process of its
 * own, which native code may end. {@code -Dfuzz.inputs} is another number, {@code -Dfuzz.readers} some readers alone.
 *
 * <p>What is found, and a table, is in {@code target/fuzz}.
 */
class LongFuzz {

    private static final Path ROOT = Path.of("target", "fuzz");
    private static final long INPUTS = Long.getLong("fuzz.inputs", 1_000_000);
    private static final String READERS = System.getProperty("fuzz.readers", "");

    /** In bytes; the programs, not the files. */
    private static final int LONGEST_PROGRAM = 512;

    /** A line or branch count of a file in Jazzer's report of coverage. */
    private static final Pattern COVERED = Pattern.compile("\\w+\\.java: (\\d+)/(\\d+) .*");

    private static final Pattern FINDING = Pattern.compile("DEDUP_TOKEN: (\\w+)");
    private static final List<String> TABLE = new ArrayList<>();

    static List<String> readers() {
        return READERS.isEmpty()
                ? Subject.all().stream().map(Subject::name).toList()
                : Arrays.asList(READERS.split(","));
    }

    @BeforeAll
    static void begin() {
        TABLE.add("| reader | inputs | with a result | seconds | findings | lines | branches |");
        TABLE.add("|---|---|---|---|---|---|---|");
    }

    @AfterAll
    static void writeTable() throws IOException {
        Files.write(Files.createDirectories(ROOT).resolve("figures.md"), TABLE);
    }

    @ParameterizedTest
    @MethodSource("readers")
    void reader_ofMutatedFiles_keepsItsContract(String reader) throws IOException, InterruptedException {
        Subject subject = Subject.named(reader);
        Path folder = ROOT.resolve(reader);
        if (Files.exists(folder)) {
            FileSet.delete(folder);
        }
        Path log = Files.createDirectories(folder).resolve("log.txt");
        writeCorpus(subject, Files.createDirectory(folder.resolve("corpus")));
        Path input = Files.createTempDirectory(parentOfInputs(), "lsr-fuzz-");
        int status = new ProcessBuilder(command(subject, folder, input))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        Set<String> findings = new TreeSet<>();
        Matcher found = FINDING.matcher(Files.readString(log));
        while (found.find()) {
            findings.add(found.group(1));
        }
        Path counts = folder.resolve(JazzerTarget.COUNTS);
        assertTrue(
                Files.exists(counts),
                () -> reader + ": ended early with status " + status + ", see " + log + " and its last input " + input);
        FileSet.delete(input);
        List<String> row = new ArrayList<>(List.of(reader));
        row.addAll(List.of(Files.readString(counts).split(" ")));
        row.add(Integer.toString(findings.size()));
        row.add(covered(folder, "Line coverage:"));
        row.add(covered(folder, "Branch coverage:"));
        TABLE.add(row.stream().collect(Collectors.joining(" | ", "| ", " |")));
        assertEquals(Set.of(), findings, () -> reader + ": see " + log);
    }

    /** In memory, where Linux has such a folder. */
    private static Path parentOfInputs() {
        Path memory = Path.of("/dev/shm");
        return Files.isWritable(memory) ? memory : Path.of(System.getProperty("java.io.tmpdir"));
    }

    /** For each valid input a program that leaves it as it is, and some random ones. */
    private static void writeCorpus(Subject subject, Path corpus) throws IOException {
        Random random = new Random(1);
        for (int i = 0; i < subject.seeds().make().size(); i++) {
            Files.write(corpus.resolve("seed-" + i), new byte[] {(byte) i});
            for (int j = 0; j < 20; j++) {
                byte[] program = new byte[2 + random.nextInt(60)];
                random.nextBytes(program);
                program[0] = (byte) i;
                Files.write(corpus.resolve("random-" + i + "-" + j), program);
            }
        }
    }

    private static List<String> command(Subject subject, Path folder, Path input) {
        String classes = Stream.of(subject.classes().split(" "))
                .flatMap(name -> Stream.of("org.lsradapt." + name, "org.lsradapt." + name + "$**"))
                .collect(Collectors.joining(":"));
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + JazzerTarget.class.getName(),
                "--target_args=" + subject.name() + " " + folder + " " + input,
                "--instrumentation_includes=" + classes,
                "--custom_hook_includes=" + classes,
                "--coverage_report=" + folder.resolve("coverage.txt"),
                "--reproducer_path=" + folder,
                "--keep_going=100",
                "-artifact_prefix=" + folder + "/",
                "-runs=" + INPUTS * subject.weight() / 100,
                "-max_len=" + LONGEST_PROGRAM,
                "-len_control=0",
                "-timeout=600",
                "-rss_limit_mb=0",
                folder.resolve("corpus").toString());
    }

    /** The part of the reader's lines or branches that was reached. */
    private static String covered(Path folder, String heading) throws IOException {
        long covered = 0;
        long all = 0;
        boolean inside = false;
        for (String line : Files.readAllLines(folder.resolve("coverage.txt"))) {
            Matcher counts = COVERED.matcher(line);
            if (!counts.matches()) {
                inside = line.equals(heading) || (inside && line.isBlank());
            } else if (inside) {
                covered += Long.parseLong(counts.group(1));
                all += Long.parseLong(counts.group(2));
            }
        }
        return String.format(Locale.ROOT, "%.0f %% of %d", 100.0 * covered / all, all);
    }
}
