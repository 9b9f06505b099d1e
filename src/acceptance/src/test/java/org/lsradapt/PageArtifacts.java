package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.aether.graph.Dependency;

/** The artifacts that a page tells its reader to depend on; a page that names none of this library is for {@code lsr-adapt}. */
final class PageArtifacts {
    private static final Pattern XML = Pattern.compile(
            "<groupId>([\\w.-]+)</groupId>\\s*<artifactId>([\\w.-]+)</artifactId>(?:\\s*<version>([\\w.-]+)</version>)?");
    private static final Pattern NO_DEPENDENCIES =
            Pattern.compile("(?s)<dependencyManagement>.*?</dependencyManagement>|<exclusions>.*?</exclusions>");
    private static final Pattern OURS = Pattern.compile("()`(lsr-adapt(?:-[a-z0-9]+)?)`");
    private static final Pattern OTHERS = Pattern.compile("`([a-z]\\w*(?:\\.[\\w-]+)+):([\\w.-]+)(?::([\\w.-]+))?`");

    private PageArtifacts() {}

    static List<Path> classPath(String page) throws Exception {
        return ConsumerTree.classPath(named(page));
    }

    /** Compiles Java that has the page's blocks in it with the page's artifacts and this build's fixtures, and nothing else. */
    static void compile(Path folder, String page, String source) throws Exception {
        List<Path> path = new ArrayList<>(classPath(page));
        path.add(Path.of(DocumentedJava.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI()));
        DocumentedJava.compile(
                folder,
                page,
                source,
                path.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)));
    }

    /** The dependencies, of which other groups' have the version that the page gives them. */
    static List<Dependency> named(String page) {
        String dependencies = NO_DEPENDENCIES.matcher(page).replaceAll("");
        Set<String> named = new TreeSet<>();
        for (Pattern pattern : List.of(XML, OURS, OTHERS)) {
            pattern.matcher(dependencies).results().forEach(found -> named.add(coordinates(found)));
        }
        // The files of a tutorial run with the jar of the command line.
        if (page.contains("```java title=")) {
            named.add(ConsumerTree.GROUP + "lsr-adapt-cli:check");
        }
        if (named.stream().noneMatch(name -> name.startsWith(ConsumerTree.GROUP))) {
            named.add(ConsumerTree.GROUP + "lsr-adapt:check");
        }
        return named.stream().map(ConsumerTree::dependency).toList();
    }

    private static String coordinates(MatchResult found) {
        String group = found.group(1).isEmpty() ? "org.lsradapt" : found.group(1);
        String artifact = group + ":" + found.group(2);
        if (group.equals("org.lsradapt")) {
            return artifact + ":check";
        }
        assertNotNull(found.group(3), () -> artifact + " is named without a version");
        return artifact + ":" + found.group(3);
    }
}
