package org.lsradapt.artifacts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The artifacts and docs/artifacts.md against pom.xml. */
class OptionalArtifactTest {

    /** The backend of ND4J and of SLF4J are the user's to choose; the library asks for them in other places. */
    private static final List<String> CHOSEN = List.of("org.bytedeco", "org.slf4j");

    private static final Pattern ROW = Pattern.compile("(?m)^\\| ([^|]*) \\| `([^`|]*)` \\| [^|]* \\|$");

    private static final Pattern SNIPPET =
            Pattern.compile("<groupId>(.*?)</groupId>\\s*<artifactId>(.*?)</artifactId>\\s*<version>(.*?)</version>");

    @Test
    void coordinates_areTheOptionalDependenciesOfThePom() throws Exception {
        List<String> inPom = new ArrayList<>();
        Element project = pom();
        NodeList dependencies = project.getElementsByTagName("dependency");
        for (int i = 0; i < dependencies.getLength(); i++) {
            Element dependency = (Element) dependencies.item(i);
            String group = text(dependency, "groupId").orElseThrow();
            String artifact = text(dependency, "artifactId").orElseThrow();
            if (text(dependency, "optional").isPresent()
                    && !CHOSEN.contains(group)
                    && !artifact.equals("${nd4j.backend}")) {
                inPom.add(group + ":" + artifact + ":" + resolved(project, text(dependency, "version").orElseThrow()));
            }
        }
        assertEquals(inPom.stream().sorted().toList(), all().map(OptionalArtifact::coordinates).sorted().toList());
    }

    @Test
    void profile_isInThePomAndBringsTheArtifact() throws Exception {
        NodeList profiles = pom().getElementsByTagName("profile");
        for (OptionalArtifact artifact : OptionalArtifact.values()) {
            boolean found = false;
            for (int i = 0; i < profiles.getLength(); i++) {
                Element profile = (Element) profiles.item(i);
                found |= text(profile, "artifactId").equals(Optional.of(artifact.coordinates().split(":")[1]))
                        && text(profile, "id").equals(artifact.profile());
            }
            assertEquals(artifact.profile().isPresent(), found, artifact.name());
        }
    }

    @Test
    void isPresent_withoutAProfile_isTrue() {
        for (OptionalArtifact artifact : OptionalArtifact.values()) {
            assertTrue(artifact.isPresent() || artifact.profile().isPresent(), artifact.name());
        }
    }

    @Test
    void page_namesEveryArtifactWithItsUse() throws Exception {
        String page = Files.readString(Path.of("docs/artifacts.md"));
        List<String> rows = ROW.matcher(page).results().map(row -> row.group(1) + ": " + row.group(2)).toList();
        List<String> expected =
                all().map(artifact -> artifact.use() + ": " + artifact.coordinates()).toList();
        assertEquals(String.join("\n", expected), String.join("\n", rows));
        for (OptionalArtifact artifact : OptionalArtifact.values()) {
            artifact.profile().ifPresent(profile -> assertTrue(page.contains("`-P" + profile + "`"), profile));
        }
    }

    @Test
    void page_snippetsHaveTheVersionsOfThePom() throws Exception {
        Matcher snippet = SNIPPET.matcher(Files.readString(Path.of("docs/artifacts.md")));
        List<String> known = all().map(OptionalArtifact::coordinates).toList();
        List<String> unknown = snippet.results()
                .map(found -> found.group(1) + ":" + found.group(2) + ":" + found.group(3))
                .filter(coordinates -> !known.contains(coordinates) && !coordinates.startsWith("org.lsradapt:"))
                .toList();
        assertEquals(List.of(), unknown);
        assertFalse(snippet.reset().results().toList().isEmpty());
    }

    private static Stream<OptionalArtifact> all() {
        return Stream.of(OptionalArtifact.values());
    }

    private static Element pom() throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse("pom.xml").getDocumentElement();
    }

    /** The text of the first element of that name; in a dependency its own, since exclusions come last. */
    private static Optional<String> text(Element element, String name) {
        NodeList found = element.getElementsByTagName(name);
        return found.getLength() == 0 ? Optional.empty() : Optional.of(found.item(0).getTextContent());
    }

    private static String resolved(Element project, String version) {
        return version.startsWith("${")
                ? text(project, version.substring(2, version.length() - 1)).orElseThrow()
                : version;
    }
}
