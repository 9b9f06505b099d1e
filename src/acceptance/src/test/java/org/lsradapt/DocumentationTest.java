package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Checks the links and the width of README, CHANGELOG and all pages, and the paths that sources mention. */
class DocumentationTest {

    /** An inline link or picture, or the definition of a reference. */
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)|(?m:^\\[[^\\]]+\\]: +(\\S+)$)");

    private static final Pattern REFERENCE = Pattern.compile("\\]\\[([^\\]]+)\\]");
    private static final Pattern MENTION = Pattern.compile("(?<![\\w/}-])docs/[\\w/-]+\\.(?:md|py|png|svg|ya?ml)\\b");
    private static final Pattern CODE = Pattern.compile("(?ms)^( *)```.*?^\\1```$|`[^`\\n]+`");

    private static final Pattern GENERATED = Pattern.compile("/target/|^docs/conformance/(cases|expected)/");
    private static final Pattern LINK_ALONE = Pattern.compile("[-*! ]*\\[[^\\]]*\\](\\(\\S+\\)|: \\S+)[.,]?");
    private static final Map<Path, String> PAGES = new TreeMap<>();

    @BeforeAll
    static void read() throws IOException {
        for (Path page : files(
                ".md",
                Path.of("README.md"),
                Path.of("CHANGELOG.md"),
                Path.of("docs"),
                Path.of(".github"),
                Path.of("benchmarks"))) {
            PAGES.put(page, Files.readString(page));
        }
        assertTrue(PAGES.size() > 35, () -> "pages: " + PAGES.keySet());
    }

    @Test
    void relativeLinks_leadToFilesAndHeadings() {
        List<String> wrong = new ArrayList<>();
        PAGES.forEach((page, text) -> {
            Matcher link = LINK.matcher(CODE.matcher(text).replaceAll(""));
            while (link.find()) {
                String target = link.group(1) == null ? link.group(2) : link.group(1);
                if (target.matches("[a-z]+:.*")) {
                    continue;
                }
                String[] parts = target.split("#", 2);
                Path file = parts[0].isEmpty()
                        ? page
                        : page.resolveSibling(parts[0]).normalize();
                if (!Files.exists(file)) {
                    wrong.add(page + ": no file " + file);
                } else if (parts.length == 2 && !anchors(PAGES.get(file)).contains(parts[1])) {
                    wrong.add(page + ": no heading #" + parts[1] + " in " + file);
                }
            }
        });
        assertEquals(List.of(), wrong);
    }

    @Test
    void referenceLinks_areDefined() {
        List<String> wrong = new ArrayList<>();
        PAGES.forEach((page, text) -> REFERENCE
                .matcher(CODE.matcher(text).replaceAll(""))
                .results()
                .map(reference -> reference.group(1))
                .filter(name -> !text.contains("\n[" + name + "]: "))
                .forEach(name -> wrong.add(page + ": [" + name + "] is not defined")));
        assertEquals(List.of(), wrong);
    }

    /** The site makes its navigation out of the index, and its strict build refuses a page in none. */
    @Test
    void index_listsEveryPage() {
        Path index = Path.of("docs", "README.md");
        String text = PAGES.get(index);
        assertEquals(
                List.of(),
                PAGES.keySet().stream()
                        .filter(page -> page.startsWith("docs") && !page.equals(index))
                        .filter(page ->
                                !text.contains("(" + path(index.getParent().relativize(page)) + ")"))
                        .toList());
    }

    @Test
    void pathsInSources_areOfFiles() throws IOException {
        List<String> wrong = new ArrayList<>();
        List<Path> sources = files(".java", Path.of("src"), Path.of("benchmarks"));
        sources.addAll(files(".xml", Path.of("src"), Path.of("pom.xml")));
        sources.addAll(files(".yml", Path.of(".github")));
        sources.addAll(files(".yaml", Path.of("docs")));
        sources.addAll(files(".py", Path.of("docs")));
        sources.addAll(PAGES.keySet());
        for (Path source : sources) {
            MENTION.matcher(Files.readString(source, StandardCharsets.UTF_8))
                    .results()
                    .map(mention -> Path.of(mention.group()))
                    .filter(path -> !Files.exists(path))
                    .forEach(path -> wrong.add(source + ": no file " + path));
        }
        assertEquals(List.of(), wrong);
    }

    /** Code blocks are exempt, and so are lines of nothing but a link. */
    @Test
    void lines_haveAtMost100Columns() {
        List<String> wide = new ArrayList<>();
        PAGES.forEach((page, text) -> {
            boolean fence = false;
            String[] lines = text.split("\n", -1);
            for (int i = 0; i < lines.length; i++) {
                String line = lines[i];
                if (line.stripLeading().startsWith("```")) {
                    fence = !fence;
                } else if (!fence
                        && line.codePointCount(0, line.length()) > 100
                        && !line.startsWith("    ")
                        && !LINK_ALONE.matcher(line).matches()) {
                    wide.add(page + " line " + (i + 1) + ": " + line);
                }
            }
        });
        assertEquals(List.of(), wide);
    }

    /** The anchors that GitHub gives to a page's headings: lower case, blanks as hyphens, without punctuation. */
    private static Set<String> anchors(String text) {
        Set<String> anchors = new LinkedHashSet<>();
        Map<String, Integer> seen = new HashMap<>();
        Matcher heading = Pattern.compile("(?m)^#+ (.+)$")
                .matcher(Pattern.compile("(?ms)^```.*?^```$").matcher(text).replaceAll(""));
        while (heading.find()) {
            String anchor = heading.group(1)
                    .replaceAll("\\]\\([^)]*\\)", "")
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\p{L}\\p{N} _-]", "")
                    .replace(' ', '-');
            int before = seen.merge(anchor, 1, Integer::sum) - 1;
            anchors.add(before == 0 ? anchor : anchor + "-" + before);
        }
        return anchors;
    }

    private static List<Path> files(String ending, Path... roots) throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path root : roots) {
            try (Stream<Path> all = Files.walk(root)) {
                all.filter(file -> file.toString().endsWith(ending))
                        .filter(file -> !GENERATED.matcher(path(file)).find())
                        .forEach(files::add);
            }
        }
        return files;
    }

    private static String path(Path path) {
        return path.toString().replace('\\', '/');
    }
}
