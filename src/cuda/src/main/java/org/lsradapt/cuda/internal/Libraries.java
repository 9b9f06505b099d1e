package org.lsradapt.cuda.internal;

import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Where NVIDIA's libraries are looked for, in this order: the system property for the library; as a resource on the class
 * path ({@code linux-x86-64/libcublasLt.so.12}, as JNA has it); {@code LD_LIBRARY_PATH}; {@code /usr/local/cuda}; the
 * folders of the system; and {@code nvidia/…/lib} in the {@code site-packages} of a Python environment
 * ({@code VIRTUAL_ENV}, {@code CONDA_PREFIX}, {@code /usr}, {@code /usr/local}, {@code ~/.local}).
 */
public final class Libraries {

    /** System property with the path of NVIDIA's driver library. */
    public static final String DRIVER_PROPERTY = "lsradapt.cuda.driver";

    /** System property with the path of cuBLASLt. */
    public static final String CUBLASLT_PROPERTY = "lsradapt.cuda.cublaslt";

    private static final List<String> DRIVER = List.of("libcuda.so.1");
    private static final List<String> CUBLASLT = List.of("libcublasLt.so.13", "libcublasLt.so.12");
    private static final List<String> SYSTEM_FOLDERS = List.of(
            "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib/wsl/lib", "/usr/lib");

    private final UnaryOperator<String> properties;
    private final UnaryOperator<String> environment;
    private final Path root;

    /** Of this machine. */
    public Libraries() {
        this(System::getProperty, System::getenv, Path.of("/"));
    }

    Libraries(UnaryOperator<String> properties, UnaryOperator<String> environment, Path root) {
        this.properties = properties;
        this.environment = environment;
        this.root = root;
    }

    /**
     * NVIDIA's driver.
     *
     * @return the file, or only its name where it lies on the class path
     * @throws CudaFailure in one line, if it is not there
     */
    public String driver() {
        return find("NVIDIA's driver", DRIVER, DRIVER_PROPERTY, "install NVIDIA's driver (450 or newer)");
    }

    /**
     * cuBLASLt.
     *
     * @return the file, or only its name where it lies on the class path
     * @throws CudaFailure in one line, if it is not there
     */
    public String cublasLt() {
        return find(
                "cuBLASLt",
                CUBLASLT,
                CUBLASLT_PROPERTY,
                "install the CUDA toolkit 12 or 13, or pip install nvidia-cublas-cu12");
    }

    private String find(String what, List<String> names, String property, String remedy) {
        String asked = properties.apply(property);
        if (asked != null) {
            if (!Files.isRegularFile(Path.of(asked))) {
                throw new CudaFailure(what + " not found: -D" + property + "=" + asked + " is not a file");
            }
            return asked;
        }
        for (String name : names) {
            if (Libraries.class.getResource("/" + com.sun.jna.Platform.RESOURCE_PREFIX + "/" + name) != null) {
                return name;
            }
        }
        List<Path> folders = folders();
        for (String name : names) {
            Optional<Path> file = folders.stream()
                    .map(folder -> folder.resolve(name))
                    .filter(Files::isRegularFile)
                    .findFirst();
            if (file.isPresent()) {
                return file.get().toString();
            }
        }
        throw new CudaFailure(what + " not found: no " + String.join(" or ", names)
                + " on the class path, in LD_LIBRARY_PATH, /usr/local/cuda, the system's folders or Python's"
                + " site-packages/nvidia; " + remedy + ", or name the file by -D" + property);
    }

    private List<Path> folders() {
        List<Path> folders = new ArrayList<>();
        String path = environment.apply("LD_LIBRARY_PATH");
        if (path != null) {
            for (String folder : path.split(":")) {
                if (!folder.isEmpty()) {
                    folders.add(Path.of(folder));
                }
            }
        }
        folders.add(root.resolve("usr/local/cuda/lib64"));
        folders.add(root.resolve("usr/local/cuda/compat"));
        SYSTEM_FOLDERS.forEach(folder -> folders.add(root.resolve(folder.substring(1))));
        for (Path python : pythons()) {
            for (Path packages : children(python.resolve("lib"), "python3*")) {
                for (String form : List.of("site-packages", "dist-packages")) {
                    for (Path library : children(packages.resolve(form).resolve("nvidia"), "*")) {
                        folders.add(library.resolve("lib"));
                    }
                }
            }
        }
        return folders;
    }

    private List<Path> pythons() {
        List<Path> pythons = new ArrayList<>();
        for (String variable : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
            String folder = environment.apply(variable);
            if (folder != null && !folder.isEmpty()) {
                pythons.add(Path.of(folder));
            }
        }
        pythons.add(root.resolve("usr/local"));
        pythons.add(root.resolve("usr"));
        String home = environment.apply("HOME");
        if (home != null && !home.isEmpty()) {
            pythons.add(Path.of(home, ".local"));
        }
        return pythons;
    }

    private static List<Path> children(Path folder, String glob) {
        List<Path> children = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, glob)) {
                stream.forEach(children::add);
            } catch (IOException e) {
                return List.of();
            }
        }
        children.sort(null);
        return children;
    }

    /** Loads a library that was found. */
    static NativeLibrary load(String what, String file) {
        try {
            return NativeLibrary.getInstance(file);
        } catch (UnsatisfiedLinkError e) {
            throw new CudaFailure(what + ": " + file + " cannot be loaded: " + firstLine(e.getMessage()), e);
        }
    }

    private static String firstLine(String message) {
        return message == null ? "no reason given" : message.lines().findFirst().orElse("");
    }
}
