package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.aether.graph.Dependency;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What Maven gives to a project that depends on this one, resolved from pom.xml and the poms that this build used. */
class ConsumerDependenciesTest {

    private static final Path PAGE = Path.of("docs/reference/security.md");
    private static final Dependency LIBRARY = library("lsr-adapt-core");
    private static final Dependency BACKEND = ConsumerTree.dependency("org.nd4j:nd4j-native:1.0.0-M2.1");

    @Test
    void libraryAlone_bringsWhatThePageLists() throws Exception {
        String page = Files.readString(PAGE);
        List<String> listed = Pattern.compile("(?m)^- `([^`:]+:[^`:]+:[^`:]+)`")
                .matcher(page)
                .results()
                .map(row -> row.group(1))
                .sorted()
                .toList();
        List<String> tree = new ArrayList<>(ConsumerTree.resolved(List.of(LIBRARY)));
        assertTrue(tree.remove(ConsumerTree.GROUP + "lsr-adapt-core"), tree::toString);
        assertEquals(String.join("\n", listed), String.join("\n", tree));
    }

    @Test
    void eachArtifact_bringsWhatThePageLists() throws Exception {
        Map<String, List<String>> trees = trees();
        StringBuilder expected = new StringBuilder();
        trees.forEach((artifact, tree) -> {
            Set<String> added = new TreeSet<>(tree);
            trees.keySet().stream()
                    .filter(other -> !other.equals(artifact) && tree.contains(ConsumerTree.GROUP + other))
                    .forEach(other -> added.removeAll(trees.get(other)));
            added.remove(ConsumerTree.GROUP + artifact);
            if (!artifact.equals("lsr-adapt-core") && !added.isEmpty()) {
                expected.append(artifact).append('\n');
                added.forEach(one -> expected.append("  ").append(one).append('\n'));
            }
        });
        String page = Files.readString(PAGE);
        assertTrue(
                page.contains("```text\n" + expected + "```\n"),
                () -> PAGE + ": its list of what the artifacts add has to be\n" + expected);
    }

    /** The one place that says how large all of it is, to 3 %. */
    @Test
    @EnabledOnOs(
            value = OS.LINUX,
            architectures = "amd64",
            disabledReason = "the page's number is of the binaries for Linux x86")
    void starter_takesWhatThePageSays() throws Exception {
        Matcher size =
                Pattern.compile("about (\\d+) MB").matcher(Files.readString(Path.of("docs/reference/artifacts.md")));
        assertTrue(size.find());
        double said = Double.parseDouble(size.group(1));
        assertEquals(said, ConsumerTree.bytes(List.of(library("lsr-adapt"))) / 1e6, 0.03 * said);
    }

    @Test
    void linesForGradle_areWhatTheProfileAddsForMaven() throws Exception {
        String properties = Files.readString(Path.of("pom.xml"));
        String cpu = Files.readString(Path.of("src/cpu/pom.xml"));
        List<String> expected = Pattern.compile(
                        "<groupId>([\\w.]+)</groupId>\\s*<artifactId>([^<]+)</artifactId>\\s*<version>([^<]+)</version>\\s*<classifier>")
                .matcher(cpu.substring(cpu.indexOf("<id>linux-x86_64</id>"), cpu.indexOf("<id>linux-arm64</id>")))
                .results()
                .map(found -> value(found.group(1) + ":" + found.group(2) + ":" + found.group(3), properties))
                .toList();
        assertEquals(5, expected.size());
        assertEquals(
                expected,
                Pattern.compile("runtimeOnly\\(\"(.+):\\$natives\"\\)")
                        .matcher(Files.readString(Path.of("docs/guides/gradle.md")))
                        .results()
                        .map(found -> found.group(1))
                        .toList());
    }

    /** A text with the values of a pom's properties. */
    private static String value(String text, String pom) {
        return Pattern.compile("\\$\\{([\\w.-]+)\\}").matcher(text).replaceAll(property -> {
            String tag = property.group(1) + ">";
            int start = pom.indexOf("<" + tag) + tag.length() + 1;
            return pom.substring(start, pom.indexOf("</" + tag, start));
        });
    }

    @Test
    void noArtifact_bringsATestingLibrary() throws Exception {
        List<String> found = new ArrayList<>();
        trees().forEach((artifact, tree) -> tree.stream()
                .filter(one -> one.matches(
                        "(junit|org\\.junit\\.|org\\.apiguardian|org\\.opentest4j|org\\.hamcrest|org\\.mockito"
                                + "|org\\.assertj|org\\.testng|net\\.jqwik|com\\.tngtech).*"))
                .forEach(one -> found.add(artifact + ": " + one)));
        assertEquals(List.of(), found);
    }

    /** A library of ours that asks for an earlier version would take it back to every user. */
    @Test
    void noArtifact_lowersAVersionThatTheCoreRaised() throws Exception {
        List<String> raised = Pattern.compile("(?m)^- `([^`]+)`: raised")
                .matcher(Files.readString(PAGE))
                .results()
                .map(row -> row.group(1))
                .toList();
        assertEquals(3, raised.size());
        List<String> lowered = new ArrayList<>();
        trees().forEach((artifact, tree) -> {
            if (tree.contains(ConsumerTree.GROUP + "lsr-adapt-core")) {
                raised.stream()
                        .filter(one -> tree.stream()
                                .noneMatch(found -> name(found).equals(name(one)) && found.compareTo(one) >= 0))
                        .forEach(one -> lowered.add(artifact + ": " + one));
            }
        });
        assertEquals(List.of(), lowered);
    }

    private static String name(String coordinates) {
        return coordinates.substring(0, coordinates.lastIndexOf(':'));
    }

    /** The dependencies of each published artifact, those of this build without a version. */
    private static Map<String, List<String>> trees() throws Exception {
        Map<String, List<String>> trees = new TreeMap<>();
        for (String artifact : Pattern.compile("<artifactId>(lsr-adapt[\\w-]*)</artifactId>")
                .matcher(Files.readString(Path.of("src/bom/pom.xml")))
                .results()
                .map(found -> found.group(1))
                .filter(found -> !found.matches("lsr-adapt-(parent|bom)"))
                .toList()) {
            trees.put(artifact, ConsumerTree.resolved(List.of(library(artifact))));
        }
        assertTrue(trees.size() > 10, trees::toString);
        return trees;
    }

    /** Another artifact's version or exclusion would reach whoever imports it. */
    @Test
    void bom_managesOnlyThisProject() throws Exception {
        List<Dependency> managed = ConsumerTree.managed("lsr-adapt-bom");
        assertEquals(
                List.of(),
                managed.stream()
                        .filter(one -> !one.getArtifact().getGroupId().equals("org.lsradapt")
                                || !one.getExclusions().isEmpty())
                        .toList());
        assertEquals(
                trees().keySet(),
                managed.stream().map(one -> one.getArtifact().getArtifactId()).collect(Collectors.toSet()));
    }

    /** The backend depends on nd4j-api, too, without our exclusions. */
    @Test
    void libraryBeforeABackend_bringsBackNothingThatIsLeftOut() throws Exception {
        List<String> alone = ConsumerTree.resolved(List.of(LIBRARY));
        List<String> more = new ArrayList<>(ConsumerTree.resolved(List.of(LIBRARY, BACKEND)));
        assertTrue(more.containsAll(alone), more::toString);
        more.removeAll(alone);
        assertEquals(
                List.of(),
                more.stream()
                        .filter(found -> !found.matches("org\\.(nd4j|bytedeco):.*"))
                        .toList());
    }

    private static Dependency library(String artifact) {
        return ConsumerTree.dependency(ConsumerTree.GROUP + artifact + ":check");
    }
}
