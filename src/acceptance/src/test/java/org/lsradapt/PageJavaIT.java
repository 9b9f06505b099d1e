package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** All Java of README and docs, also where no test compiles it whole. */
class PageJavaIT {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```java[^\n]*\n(.*?)^```$");
    private static final Pattern IMPORT = Pattern.compile("(?m)^import (static )?([\\w.]+?)(\\.\\*)?;$");

    private static List<Path> pages(String... folders) throws IOException {
        List<Path> pages = new ArrayList<>(List.of(Path.of("README.md")));
        for (String folder : folders) {
            try (Stream<Path> all = Files.walk(Path.of(folder))) {
                pages.addAll(all.filter(file -> file.toString().endsWith(".md"))
                        .sorted()
                        .toList());
            }
        }
        return pages;
    }

    /** A block that does not close what it opens shows less than its reader needs. */
    @Test
    void everyBlock_isWholeStatementsOrMembersOrAFile() throws Exception {
        List<String> wrong = new ArrayList<>();
        int blocks = 0;
        for (Path page : pages("docs")) {
            Matcher block = BLOCK.matcher(Files.readString(page));
            while (block.find()) {
                blocks++;
                String java = block.group(1);
                String ofStatements = problem("class Block { void method() throws Exception {\n" + java + "\n} }");
                if (!ofStatements.isEmpty()
                        && !problem("class Block {\n" + java + "\n}").isEmpty()
                        && !problem(java).isEmpty()) {
                    wrong.add(page + ": " + ofStatements + "\n" + java);
                }
            }
        }
        assertTrue(blocks > 70, "blocks: " + blocks);
        assertEquals("", String.join("\n", wrong));
    }

    @Test
    void unbalancedBlock_isFound() {
        assertEquals("", problem("class Block { void method() { int a = 1; } }"));
        assertTrue(
                problem("class Block { void method() {\ntry (A a = b()) {\n} }").contains("reached end of file"));
    }

    /** The first error of a source's syntax; empty for none. */
    private static String problem(String source) {
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        JavaFileObject file = new SimpleJavaFileObject(URI.create("string:///Block.java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
        JavacTask task = (JavacTask) ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, found, List.of("-proc:none"), null, List.of(file));
        try {
            task.parse();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return found.getDiagnostics().stream()
                .filter(one -> one.getKind() == Diagnostic.Kind.ERROR)
                .map(one -> one.getMessage(null))
                .findFirst()
                .orElse("");
    }

    /** An import that only another artifact has does not compile for the reader who follows the page. */
    @Test
    void imports_areInTheArtifactsThatThePageNames() throws Exception {
        List<String> wrong = new ArrayList<>();
        for (Path page : pages("docs/guides")) {
            String text = Files.readString(page);
            List<String> imports = IMPORT.matcher(text)
                    .results()
                    .map(one -> one.group(2) + (one.group(3) == null ? "" : ".*"))
                    .filter(one -> !one.matches("javax?\\..*"))
                    .toList();
            if (!imports.isEmpty()) {
                List<String> entries = entries(PageArtifacts.classPath(text));
                imports.stream()
                        .filter(one -> entries.stream().noneMatch(entry -> isIn(one, entry)))
                        .forEach(one -> wrong.add(page + ": " + one));
            }
        }
        assertEquals("", String.join("\n", wrong));
    }

    private static boolean isIn(String imported, String entry) {
        String path = imported.replace('.', '/');
        return imported.endsWith(".*")
                ? entry.startsWith(path.substring(0, path.length() - 1))
                        && entry.indexOf('/', path.length() - 1) < 0
                        && entry.endsWith(".class")
                // A class inside of another has it before its own name.
                : entry.equals(path.replaceAll("(?<=/[A-Z]\\w{0,99})/", "\\$") + ".class");
    }

    private static List<String> entries(List<Path> classPath) throws IOException {
        List<String> entries = new ArrayList<>();
        for (Path one : classPath) {
            if (Files.isDirectory(one)) {
                try (Stream<Path> all = Files.walk(one)) {
                    all.forEach(
                            file -> entries.add(one.relativize(file).toString().replace('\\', '/')));
                }
            } else {
                try (JarFile jar = new JarFile(one.toFile())) {
                    jar.stream().forEach(entry -> entries.add(entry.getName()));
                }
            }
        }
        return entries;
    }
}
