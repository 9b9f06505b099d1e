package org.lsradapt.lsr.internal;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;

/** The jars with ND4J's native libraries, which are missing if a build ignores the profiles of a dependency's pom. */
final class NativeBinaries {
    /** The platforms for which lsr-adapt-cpu contains the jars. */
    static final List<String> PLATFORMS =
            List.of("linux-x86_64", "linux-arm64", "macosx-x86_64", "macosx-arm64", "windows-x86_64");

    /** A jar, without its platform, and the library in it whose absence makes ND4J fail. */
    record Jar(String artifact, String folder, String library) {
        String file(String platform) {
            return folder + "/" + platform + "/" + System.mapLibraryName(library);
        }
    }

    static final List<Jar> JARS = List.of(
            new Jar("org.nd4j:nd4j-native:1.0.0-M2.1", "org/nd4j/linalg/cpu/nativecpu/bindings", "jnind4jcpu"),
            new Jar("org.bytedeco:openblas:0.3.31-1.5.13", "org/bytedeco/openblas", "jniopenblas_nolapack"),
            new Jar("org.bytedeco:javacpp:1.5.14", "org/bytedeco/javacpp", "jnijavacpp"));

    private NativeBinaries() {}

    /** The missing jars for this machine and the remedy; empty if all are on the class path. */
    static Optional<String> complaint() {
        ClassLoader loader = NativeBinaries.class.getClassLoader();
        return complaint(Loader.getPlatform(), file -> loader.getResource(file) != null);
    }

    static Optional<String> complaint(String platform, Predicate<String> isThere) {
        List<String> missing = JARS.stream()
                .filter(jar -> !isThere.test(jar.file(platform)))
                .map(jar -> jar.artifact() + ":" + platform)
                .toList();
        if (missing.isEmpty()) {
            return Optional.empty();
        }
        if (!PLATFORMS.contains(platform)) {
            return Optional.of("ND4J has no binaries for " + platform + ", expected one of " + PLATFORMS);
        }
        return Optional.of("the class path lacks binaries of ND4J for " + platform
                + "; Maven resolves them by the profiles of lsr-adapt-cpu, which Gradle ignores: add to its dependencies "
                + missing.stream().map(jar -> "runtimeOnly(\"" + jar + "\")").collect(Collectors.joining(", "))
                + " (docs/reference/artifacts.md, Binaries)");
    }

    /** The root reason of JavaCPP's failure: its own message names the folders of the JVM, where it looks last. */
    static String reason(UnsatisfiedLinkError error) {
        return Stream.iterate((Throwable) error, cause -> cause != null, Throwable::getCause)
                .limit(100)
                .filter(UnsatisfiedLinkError.class::isInstance)
                .reduce((first, second) -> second)
                .orElse(error)
                .getMessage();
    }
}
