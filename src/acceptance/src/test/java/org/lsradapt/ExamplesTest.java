package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles the program of docs/evidence and the script of docs/examples, and compares the examples' versions with the build's. */
class ExamplesTest {
    private static final Path EXAMPLES = Path.of("docs/examples");
    private static final Path SCRIPT = EXAMPLES.resolve("jbang/Glosses.java");

    @Test
    void script_compiled_withTheModulesThatItNames(@TempDir Path folder) throws IOException {
        DocumentedJava.compile(folder, SCRIPT);
        assertTrue(Files.exists(folder.resolve("Glosses.class")));
        List<MatchResult> dependencies = Pattern.compile("(?m)^//DEPS org\\.lsradapt:(.+):(.+)$")
                .matcher(Files.readString(SCRIPT))
                .results()
                .toList();
        assertEquals(1, dependencies.size());
        String bom = Files.readString(Path.of("src/bom/pom.xml"));
        for (MatchResult dependency : dependencies) {
            assertTrue(bom.contains("<artifactId>" + dependency.group(1) + "</artifactId>"), dependency::group);
            assertEquals(version(), dependency.group(2));
        }
    }

    @Test
    void evidenceOfUsers_compiled(@TempDir Path folder) throws IOException {
        try (Stream<Path> sources = Files.list(Path.of("docs/evidence/users"))) {
            DocumentedJava.compile(folder, sources.toArray(Path[]::new));
        }
        assertTrue(Files.exists(folder.resolve("Users.class")));
    }

    @Test
    void jbangCatalog_namesThisVersionAndItsScript() throws IOException {
        String catalog = Files.readString(Path.of("jbang-catalog.json"));
        assertTrue(catalog.contains("\"org.lsradapt:lsr-adapt-cli:" + version() + "\""), catalog);
        assertTrue(catalog.contains("\"" + SCRIPT + "\""), catalog);
    }

    @Test
    void projects_dependOnThisVersion() throws IOException {
        try (Stream<Path> poms = Files.find(EXAMPLES, 2, (file, attributes) -> file.endsWith("pom.xml"))) {
            for (Path pom : poms.toList()) {
                assertTrue(
                        Files.readString(pom).contains("<lsr-adapt.version>" + version() + "</lsr-adapt.version>"),
                        pom::toString);
            }
        }
    }

    private static String version() throws IOException {
        return Files.readString(Path.of("pom.xml")).replaceFirst("(?s).*?<version>(.*?)</version>.*", "$1");
    }
}
