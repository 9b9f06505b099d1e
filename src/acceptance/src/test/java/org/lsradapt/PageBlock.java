package org.lsradapt;

import com.sun.source.util.JavacTask;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * A block of Java on a page: statements, members of a class, or a file.
 *
 * @param text the whole page
 * @param imports all that the page imports
 */
record PageBlock(Path page, String text, String imports, String java) {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```java[^\n]*\n(.*?)^```$");
    private static final Pattern FILE = Pattern.compile("(?m)^(import|package) ");
    private static final Pattern MISSING =
            Pattern.compile("cannot find symbol symbol: (?<kind>\\w+) (?<name>\\w+)\\S*(?: location: (?<place>.*))?");

    /** The blocks of a page but for those of imports. */
    static List<PageBlock> of(Path page) throws IOException {
        String text = Files.readString(page);
        List<String> all =
                BLOCK.matcher(text).results().map(block -> block.group(1)).toList();
        String imports = all.stream()
                .flatMap(String::lines)
                .filter(line -> line.startsWith("import "))
                .collect(Collectors.joining("\n"));
        return all.stream()
                .filter(block -> !areImports(block))
                .map(block -> new PageBlock(page, text, imports, block))
                .toList();
    }

    private static boolean areImports(String block) {
        return block.lines().allMatch(line -> line.isBlank() || line.startsWith("import "));
    }

    /** The syntax error of the block; empty for none. */
    String problem() {
        return problem(source());
    }

    /** The first syntax error of a source; empty for none. */
    static String problem(String source) {
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        try {
            task(List.of(new Source("", source)), List.of(), found).parse();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return found.getDiagnostics().stream()
                .filter(one -> one.getKind() == Diagnostic.Kind.ERROR)
                .map(one -> one.getMessage(Locale.ENGLISH))
                .findFirst()
                .orElse("");
    }

    /** The block as a file, without the page's imports. */
    private String source() {
        String statements = "class Block { void method() throws Exception {\n" + java + "\n} }";
        String members = "class Block {\n" + java + "\n}";
        return FILE.matcher(java).find() ? java : problem(members).isEmpty() ? members : statements;
    }

    /**
     * The errors of blocks that are compiled with a class path. Variables, and what a block declares or leaves to its reader, may
     * be unknown.
     */
    static List<String> errors(List<PageBlock> blocks, List<Path> classPath) throws IOException {
        List<Source> sources = new ArrayList<>();
        for (PageBlock block : blocks) {
            // Many pages have a class of the same name.
            String own =
                    block.java.startsWith("package ") ? "" : "package block" + sources.size() + "; " + block.imports;
            sources.add(new Source(block.page.toString(), own + block.source()));
        }
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        task(sources, classPath, found).analyze();
        return found.getDiagnostics().stream()
                .filter(one -> one.getKind() == Diagnostic.Kind.ERROR)
                .filter(one -> !isLeftToTheReader(message(one), blocks))
                .map(one -> ((Source) one.getSource()).page + ": " + message(one))
                .distinct()
                .toList();
    }

    private static String message(Diagnostic<?> error) {
        return error.getMessage(Locale.ENGLISH).replaceAll("\\s+", " ");
    }

    private static boolean isLeftToTheReader(String message, List<PageBlock> blocks) {
        Matcher missing = MISSING.matcher(message);
        if (!missing.matches()) {
            return message.endsWith("unexpected return value");
        }
        String name = missing.group("name");
        return switch (missing.group("kind")) {
            case "variable" -> name.matches("[a-z]\\w*|[A-Z]");
            case "method" -> missing.group("place").endsWith(".Block");
            default ->
                blocks.stream()
                        .anyMatch(block ->
                                block.java.matches("(?s).*\\b(class|record|interface|enum) " + name + "\\b.*"));
        };
    }

    private static JavacTask task(
            List<Source> sources, List<Path> classPath, DiagnosticCollector<JavaFileObject> found) {
        String path = classPath.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
        return (JavacTask) ToolProvider.getSystemJavaCompiler()
                .getTask(
                        null,
                        null,
                        found,
                        List.of("-proc:none", "-Xmaxerrs", "10000", "-classpath", path),
                        null,
                        sources);
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String page;
        private final String content;

        Source(String page, String content) {
            super(URI.create("string:///Block.java"), Kind.SOURCE);
            this.page = page;
            this.content = content;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return content;
        }

        /** Any file may have any public class. */
        @Override
        public boolean isNameCompatible(String simpleName, Kind kind) {
            return true;
        }
    }
}
