package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Compiles and runs the Java of a documentation page inside a class {@code Snippets}. */
public final class DocumentedJava {

    private DocumentedJava() {}

    /** The page's Java blocks, in order, without its imports. */
    public static List<String> blocks(String markdown) {
        return all(markdown).stream().filter(block -> !areImports(block)).toList();
    }

    private static String imports(String markdown) {
        String imports = all(markdown).stream()
                .flatMap(String::lines)
                .filter(line -> line.startsWith("import "))
                .collect(Collectors.joining("\n"));
        assertFalse(imports.isEmpty(), "the page names no imports");
        return imports;
    }

    private static boolean areImports(String block) {
        return block.lines().allMatch(line -> line.isBlank() || line.startsWith("import "));
    }

    private static List<String> all(String markdown) {
        return Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                .matcher(markdown)
                .results()
                .map(block -> block.group(1))
                .toList();
    }

    /**
     * Compiles a class that contains the page's blocks, with the page's imports, its own imports and this test's class path.
     */
    public static void compile(Path folder, String page, String source) throws IOException {
        compile(folder, page, source, System.getProperty("java.class.path"));
    }

    /** Compiles such a class with another class path. */
    public static void compile(Path folder, String page, String source, String classPath) throws IOException {
        Path file = folder.resolve("Snippets.java");
        Files.writeString(file, imports(page) + source);
        compile(folder, classPath, file);
    }

    /** Compiles source files into a folder, with this test's class path. */
    public static void compile(Path folder, Path... files) throws IOException {
        compile(folder, System.getProperty("java.class.path"), files);
    }

    private static void compile(Path folder, String classPath, Path... files) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        boolean compiled = compiler.getTask(
                        messages,
                        null,
                        null,
                        List.of("-proc:none", "-classpath", classPath, "-d", folder.toString()),
                        null,
                        compiler.getStandardFileManager(null, null, null).getJavaFileObjects(files))
                .call();
        assertTrue(compiled, messages::toString);
    }

    /** Runs the {@code main} of a class that was compiled into {@code folder}. */
    public static void main(Path folder, String name, String... arguments)
            throws IOException, ReflectiveOperationException {
        try (URLClassLoader loader = loader(folder)) {
            Method main = loader.loadClass(name).getDeclaredMethod("main", String[].class);
            main.setAccessible(true);
            main.invoke(null, (Object) arguments);
        } catch (InvocationTargetException e) {
            throw new AssertionError(e.getCause());
        }
    }

    private static URLClassLoader loader(Path folder) throws IOException {
        return new URLClassLoader(new URL[] {folder.toUri().toURL()}, INDArray.class.getClassLoader());
    }

    /** Calls a static method of the class, with a file if one is given. */
    public static Object call(Path folder, String method, File... file)
            throws IOException, ReflectiveOperationException {
        try (URLClassLoader loader = loader(folder)) {
            Class<?>[] types = file.length == 0 ? new Class<?>[0] : new Class<?>[] {File.class};
            return loader.loadClass("Snippets").getMethod(method, types).invoke(null, (Object[]) file);
        } catch (InvocationTargetException e) {
            throw new AssertionError(e.getCause());
        }
    }
}
