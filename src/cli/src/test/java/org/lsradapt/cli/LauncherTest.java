package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The shell script that starts the program asks for vector instructions where a command computes, and makes and uses an archive of classes. */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
    private static final Path SCRIPT = Path.of("src/cli/src/main/launcher/lsr-adapt");
    private static final Set<String> WITHOUT_VECTORS = Set.of(
            "finetune",
            "suite",
            "check-data",
            "store",
            "reduce",
            "convert",
            "quantize",
            "doctor",
            "tokenize",
            "inspect",
            "plan",
            "models",
            "tasks",
            "merge",
            "export",
            "import",
            "gpu-check",
            "generate-completion");

    /** Prints its arguments; records lists and makes archives as Java does, or fails at that. */
    private static final String JAVA = """
            #!/bin/sh
            for argument in "$@"; do
              case $argument in
                -XX:DumpLoadedClassList=*) echo "java/lang/Object id: 0" > "${argument#*=}" ;;
                -XX:SharedArchiveFile=*) archive=${argument#*=} ;;
              esac
            done
            if [ "$1" = -Xshare:dump ]; then
              [ -e "${0%/*}/broken" ] && { echo broken; exit 1; }
              echo made > "$archive"
            fi
            echo "$@"
            """;

    @TempDir
    private Path folder;

    private Path jar;

    @BeforeEach
    void install() throws IOException {
        jar = write("program/lsr-adapt.jar", "jar");
        write("program/lib/a.jar", "a");
        write("program/bin/lsr-adapt", Files.readString(SCRIPT));
        write("java/bin/java", JAVA);
        write("java/release", "MODULES=\"jdk.incubator.vector\"");
    }

    private Path write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Returns the exit code and what was printed. */
    private String run(String archive, String... command) throws Exception {
        return run(Map.of("LSR_ADAPT_ARCHIVE", archive), command);
    }

    private String run(Map<String, String> variables, String... command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                Stream.concat(Stream.of(folder.resolve("program/bin/lsr-adapt").toString()), Stream.of(command))
                        .toList());
        builder.environment()
                .putAll(Map.of(
                        "JAVA_HOME", folder.resolve("java").toString(),
                        "XDG_CACHE_HOME", folder.resolve("cache").toString()));
        builder.environment().keySet().removeAll(Set.of("JAVA_OPTS", "JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"));
        builder.environment().putAll(variables);
        Process process = builder.redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return (process.waitFor() + " " + printed).strip();
    }

    private List<Path> archives(String place) throws IOException {
        Path archives = folder.resolve(place);
        if (!Files.isDirectory(archives)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(archives)) {
            return files.toList();
        }
    }

    private String started(String options, String command) {
        return "0 --enable-native-access=ALL-UNNAMED " + options + "-jar " + jar + " " + command;
    }

    @Test
    void archive_isMadeAndUsed() throws Exception {
        assertEquals(started("", "tokenize"), run("off", "tokenize"));
        assertEquals("0", run("make"));
        Path archive = archives("program/archives").get(0);
        String options = "-Xlog:cds*=off -XX:+VerifySharedSpaces -XX:SharedArchiveFile=" + archive + " ";
        assertEquals(started(options, "tokenize a"), run("", "tokenize", "a"));
        assertEquals(started("--add-modules=jdk.incubator.vector " + options, "embed a"), run("", "embed", "a"));
        assertEquals(started("", "tokenize a"), run("off", "tokenize", "a"));
        assertEquals(List.of(archive), archives("program/archives"));
    }

    @Test
    void predict_takesASmallHeapUnlessOneIsChosen_andCompilesLate() throws Exception {
        String late = "-XX:Tier4InvocationThreshold=20000 -XX:Tier4MinInvocationThreshold=2400"
                + " -XX:Tier4CompileThreshold=60000 ";
        String vectors = "--add-modules=jdk.incubator.vector " + late;
        String small = "-XX:+UseSerialGC -Xms32m ";
        assertEquals(started(vectors + small, "predict a"), run("off", "predict", "a"));
        for (String chosen : List.of("-Xmx2g", "-XX:+UseG1GC", "-XX:MaxRAMPercentage=50")) {
            Map<String, String> variables = Map.of("LSR_ADAPT_ARCHIVE", "off", "JAVA_OPTS", chosen);
            assertEquals(started(vectors + chosen + " ", "predict a"), run(variables, "predict", "a"));
        }
        Map<String, String> other = Map.of("LSR_ADAPT_ARCHIVE", "off", "JAVA_OPTS", "-Da=b");
        assertEquals(started(vectors + small + "-Da=b ", "predict a"), run(other, "predict", "a"));
        assertEquals(started(late, "finetune"), run("off", "finetune"));
        assertEquals(started(late + small, "predict a --help"), run("off", "predict", "a", "--help"));
        assertEquals(started("--add-modules=jdk.incubator.vector ", "serve"), run("off", "serve"));
    }

    @Test
    void unsafe_isAllowed_fromJava24On() throws Exception {
        for (int version : new int[] {17, 21, 23, 24, 25, 26, 29, 30, 41}) {
            write("java/release", "JAVA_VERSION=\"" + version + ".0.1\"");
            assertEquals(
                    started(version < 24 ? "" : "--sun-misc-unsafe-memory-access=allow ", "tokenize"),
                    run("off", "tokenize"));
        }
    }

    @Test
    void archive_ofOtherJars_isReplaced_andOfAnotherJava_isKept() throws Exception {
        run("make");
        Path first = archives("program/archives").get(0);
        write("java/release", "JAVA_VERSION=\"25\"");
        run("make");
        assertEquals(2, archives("program/archives").size());
        Files.setLastModifiedTime(folder.resolve("program/lib/a.jar"), FileTime.fromMillis(0));
        assertEquals(started("--sun-misc-unsafe-memory-access=allow ", "tokenize"), run("", "tokenize"));
        run("make");
        assertEquals(1, archives("program/archives").size());
        assertFalse(Files.exists(first));
    }

    @Test
    void archive_thatCannotBeMade_isSaid_andDoesNotStopTheProgram() throws Exception {
        write("java/bin/broken", "");
        assertEquals("1 broken", run("make").replaceAll("(?s) .*\n", " "));
        assertTrue(
                archives("program/archives").get(0).toString().endsWith(".making"), "no other run tries it for a day");
        assertEquals(started("", "tokenize"), run("", "tokenize"));
    }

    @Test
    void archive_isMadeInTheUsersCache_whereTheProgramCannotBeWritten() throws Exception {
        write("program/archives", "a file, no folder");
        assertEquals("0", run("make"));
        String options = "-Xlog:cds*=off -XX:+VerifySharedSpaces -XX:SharedArchiveFile="
                + archives("cache/lsr-adapt").get(0) + " ";
        assertEquals(started(options, "tokenize"), run("", "tokenize"));
    }

    @Test
    void archive_thatAnotherProcessMakes_isLeftToIt() throws Exception {
        run("make");
        Path archive = archives("program/archives").get(0);
        Files.delete(archive);
        Path making = Files.createDirectory(Path.of(archive.toString().replaceFirst("[.]jsa$", ".making")));
        assertEquals("2 error: another process makes " + archive + ", or failed to; remove " + making, run("make"));
        Files.setLastModifiedTime(making, FileTime.fromMillis(0));
        assertEquals("0", run("make"));
        assertEquals(List.of(archive), archives("program/archives"));
    }

    @Test
    void java_startsAlsoWithADamagedArchive() throws Exception {
        Path damaged = Files.write(folder.resolve("damaged"), new byte[100_000]);
        Process java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-Xlog:cds*=off",
                        "-XX:+VerifySharedSpaces",
                        "-XX:SharedArchiveFile=" + damaged,
                        "-cp",
                        SCRIPT.toString(),
                        "--version")
                .redirectErrorStream(true)
                .start();
        String printed = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, java.waitFor(), printed);
        assertFalse(printed.contains("cds"), printed);
    }

    @Test
    void everyCommand_isStartedWithVectorsOrKnownToNeedNone() throws Exception {
        Set<String> named =
                new TreeSet<>(commands("case \\$1 in\\s+([^)]*)\\)", SCRIPT).get(0));
        named.addAll(WITHOUT_VECTORS);
        assertEquals(new TreeSet<>(Main.commands().getSubcommands().keySet()), named);
    }

    /** Returns the commands of each place in a script. */
    private static List<Set<String>> commands(String place, Path script) throws IOException {
        return Pattern.compile(place)
                .matcher(Files.readString(script))
                .results()
                .<Set<String>>map(found -> new TreeSet<>(Set.of(found.group(1).split("[\\s|\\\\]+"))))
                .toList();
    }

    /** Returns Java's options in a script without their values, except those that make an archive. */
    private static Set<String> options(Path script) throws IOException {
        return Pattern.compile("-(-enable|-sun|-add|XX:|X(?=log|ms\\d))[^\\s\"=}]*(=[0-9a-zA-Z.-]+)?")
                .matcher(Files.readString(script))
                .results()
                .map(MatchResult::group)
                .filter(option -> !option.matches("-XX:(DumpLoadedClassList|SharedClassListFile|ArchiveClassesAtExit)"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The script for Windows has not been run: no test here can. */
    @Test
    void launcherOfWindows_namesTheSameOptionsForTheSameCommands() throws IOException {
        Path windows = Path.of(SCRIPT + ".bat");
        assertEquals(options(SCRIPT), options(windows));
        assertEquals(11, options(windows).size(), options(windows)::toString);
        List<Set<String>> ofScript = commands("case (?:\\$1|\\$\\{1:-finetune}) in\\s+([^)]*)\\)", SCRIPT);
        assertEquals(
                // The first are those that begin to make an archive, which Windows does on demand alone.
                ofScript.subList(1, ofScript.size()), commands("for %%c in \\(([^)]*)\\)", windows));
        assertTrue(Files.readString(SCRIPT).contains("*GC* | *-Xm* | *Heap* | *RAM*)"));
        assertTrue(Files.readString(windows).contains("findstr \"GC -Xm Heap RAM\""));
    }
}
