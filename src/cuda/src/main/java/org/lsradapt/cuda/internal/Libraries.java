package org.lsradapt.cuda.internal;

import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Finds NVIDIA's libraries, in this order: the file that a system property names; the library that the system's loader finds
 * by name, from its cache, {@code LD_LIBRARY_PATH} or, through JNA, the class path ({@code linux-x86-64/libcublasLt.so.12});
 * a file in the folders of toolkits, containers and Python environments. {@code /usr/local/cuda/compat} comes last: its
 * driver only works on a kernel module older than itself.
 */
public final class Libraries {

    /** The system property with the path of NVIDIA's driver library. */
    public static final String DRIVER_PROPERTY = "lsradapt.cuda.driver";

    /** The system property with the path of cuBLASLt. */
    public static final String CUBLASLT_PROPERTY = "lsradapt.cuda.cublaslt";

    private static final List<String> DRIVER_FOLDERS =
            List.of("usr/local/nvidia/lib64", "usr/lib/wsl/lib", "usr/local/cuda/compat");
    private static final List<String> TOOLKIT_FOLDERS =
            List.of("usr/local/cuda/lib64", "usr/local/cuda/targets/x86_64-linux/lib", "usr/local/nvidia/lib64");

    /** The lowest CUDA version, as drivers report it, for cuBLASLt 12 and 13, and the number of that driver. */
    private static final int CUDA_12 = 12_000;

    private static final int CUDA_13 = 13_000;
    private static final String NEEDS_12 = "a driver for CUDA 12.0 (525 or newer)";
    private static final String NEEDS_13 = "a driver for CUDA 13.0 (580 or newer)";

    private final UnaryOperator<String> properties;
    private final UnaryOperator<String> environment;
    private final Path root;
    private final Function<String, Optional<String>> loader;

    public Libraries() {
        this(System::getProperty, System::getenv, Path.of("/"), Libraries::load);
    }

    /** Describes another machine; {@code loader} loads a library, and returns the reason of a failure. */
    Libraries(
            UnaryOperator<String> properties,
            UnaryOperator<String> environment,
            Path root,
            Function<String, Optional<String>> loader) {
        this.properties = properties;
        this.environment = environment;
        this.root = root;
        this.loader = loader;
    }

    /** Finds NVIDIA's driver; a {@link CudaFailure} names each file tried. */
    public String driver() {
        List<String> tried = new ArrayList<>();
        return find("NVIDIA's driver", DRIVER_PROPERTY, "libcuda.so.1", under(DRIVER_FOLDERS), tried)
                .orElseThrow(() -> new CudaFailure(
                        notFound("NVIDIA's driver", "libcuda.so.1", DRIVER_FOLDERS, tried, DRIVER_PROPERTY)
                                + "; install NVIDIA's driver (525 or newer)"));
    }

    /**
     * Finds the newest cuBLASLt for a driver.
     *
     * @throws CudaFailure with a one-line message, if there is no cuBLASLt, or the driver is too old for it
     */
    public String cublasLt(int driverVersion) {
        if (driverVersion < CUDA_12) {
            throw new CudaFailure("NVIDIA's driver is for CUDA " + cuda(driverVersion) + ", but cuBLASLt 12 needs "
                    + NEEDS_12 + "; install a newer driver");
        }
        List<String> names = driverVersion >= CUDA_13
                ? List.of("libcublasLt.so.13", "libcublasLt.so.12")
                : List.of("libcublasLt.so.12");
        List<String> tried = new ArrayList<>();
        for (String name : names) {
            Optional<String> found = cublasLt(name, tried);
            if (found.isPresent()) {
                return found.get();
            }
        }
        String message = notFound("cuBLASLt", String.join(" or ", names), TOOLKIT_FOLDERS, tried, CUBLASLT_PROPERTY);
        Optional<String> newer =
                driverVersion < CUDA_13 ? cublasLt("libcublasLt.so.13", new ArrayList<>()) : Optional.empty();
        throw new CudaFailure(message
                + newer.map(file ->
                                "; " + file + " needs " + NEEDS_13 + ", this one is for CUDA " + cuda(driverVersion))
                        .orElse("")
                + "; install the CUDA toolkit " + (driverVersion < CUDA_13 ? "12" : "12 or 13")
                + ", or pip install nvidia-cublas-cu12");
    }

    private Optional<String> cublasLt(String name, List<String> tried) {
        return find("cuBLASLt", CUBLASLT_PROPERTY, name, Stream.concat(under(TOOLKIT_FOLDERS), pythonFolders()), tried);
    }

    private Optional<String> find(String what, String property, String name, Stream<Path> folders, List<String> tried) {
        String asked = properties.apply(property);
        if (asked != null) {
            Optional<String> reason =
                    Files.isRegularFile(Path.of(asked)) ? loader.apply(asked) : Optional.of(asked + " is not a file");
            reason.ifPresent(why -> {
                throw new CudaFailure(what + " not found: -D" + property + "=" + why);
            });
            return Optional.of(asked);
        }
        Optional<String> unknown = loader.apply(name);
        if (unknown.isEmpty()) {
            return Optional.of(name);
        }
        tried.add(unknown.get());
        return folders.map(folder -> folder.resolve(name))
                .filter(Files::isRegularFile)
                .map(Path::toString)
                .filter(file -> {
                    Optional<String> reason = loader.apply(file);
                    reason.ifPresent(tried::add);
                    return reason.isEmpty();
                })
                .findFirst();
    }

    private static String notFound(
            String what, String names, List<String> folders, List<String> tried, String property) {
        return what + " not found: " + String.join("; ", tried) + "; no other " + names + " in /"
                + String.join(", /", folders) + (folders == TOOLKIT_FOLDERS ? " or a Python environment" : "")
                + "; name its file by -D" + property;
    }

    private static String cuda(int version) {
        return String.format(Locale.ROOT, "%d.%d", version / 1000, version % 1000 / 10);
    }

    private Stream<Path> under(List<String> folders) {
        return folders.stream().map(root::resolve);
    }

    private Stream<Path> pythonFolders() {
        return pythons()
                .flatMap(python -> children(python.resolve("lib"), "python3*"))
                .flatMap(packages -> Stream.of("site-packages", "dist-packages").map(packages::resolve))
                .flatMap(packages -> children(packages.resolve("nvidia"), "*"))
                .map(library -> library.resolve("lib"));
    }

    /** Python environments: the active one, those whose interpreter is on the path, the system's and the user's. */
    private Stream<Path> pythons() {
        Stream<Path> active = Stream.of("VIRTUAL_ENV", "CONDA_PREFIX")
                .flatMap(variable -> folders(variable))
                .map(Path::of);
        Stream<Path> onPath = folders("PATH")
                .map(Path::of)
                .filter(bin -> Files.exists(bin.resolve("python3")))
                .map(Path::toAbsolutePath)
                .map(Path::getParent);
        Stream<Path> ofUser = folders("HOME").map(home -> Path.of(home, ".local"));
        return Stream.of(active, onPath, under(List.of("usr/local", "usr")), ofUser)
                .flatMap(some -> some)
                .distinct();
    }

    private Stream<String> folders(String variable) {
        String value = environment.apply(variable);
        return value == null ? Stream.empty() : Stream.of(value.split(":")).filter(folder -> !folder.isEmpty());
    }

    private static Stream<Path> children(Path folder, String glob) {
        List<Path> children = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, glob)) {
                stream.forEach(children::add);
            } catch (IOException e) {
                return Stream.empty();
            }
        }
        return children.stream().sorted();
    }

    /** The loaded file of a library's name by the kernel's list, as {@code libcuda.so.550.54.14}; else the name. */
    static String loadedFile(String name) {
        if (name.indexOf('/') >= 0) {
            return name;
        }
        String stem = "/" + name.substring(0, name.indexOf(".so") + ".so".length());
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.filter(line -> line.contains(stem))
                    .map(line -> line.substring(line.indexOf('/')))
                    .findFirst()
                    .orElse(name);
        } catch (IOException e) {
            return name;
        }
    }

    /** The version of NVIDIA's kernel module, which has to be the driver's or newer, for messages. */
    static String kernelModule() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/driver/nvidia/version"))) {
            return " on "
                    + lines.findFirst()
                            .orElse("a kernel module without a version")
                            .strip()
                            .replaceAll("\\s+", " ");
        } catch (IOException | UncheckedIOException e) {
            return " without NVIDIA's kernel module";
        }
    }

    /** The file, with the name that it links to, which often has the version. */
    private static String named(String file) {
        try {
            Path path = Path.of(file);
            Path real = path.toRealPath().getFileName();
            return real.equals(path.getFileName()) ? file : file + " -> " + real;
        } catch (IOException e) {
            return file;
        }
    }

    /** Loads a library; returns the reason of a failure in one line, or empty. */
    static Optional<String> load(String file) {
        try {
            NativeLibrary.getInstance(file);
            return Optional.empty();
        } catch (LinkageError e) {
            // JNA's own line comes first, then the loader's, then the other places where JNA has looked.
            List<String> lines = String.valueOf(e.getMessage()).lines().toList();
            return Optional.of(named(file) + " cannot be loaded (" + lines.get(lines.size() > 1 ? 1 : 0) + ")");
        }
    }
}
