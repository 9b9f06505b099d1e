package org.lsradapt;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.Source;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Which package may know which inside the modules. */
@AnalyzeClasses(
        packages = "org.lsradapt",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoFixtures.class})
class ArchitectureTest {

    /** Fixtures are tests, whose module has them as its code. */
    static final class NoFixtures implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("testing");
        }
    }

    private static final String[] ALWAYS = {
        "java..",
        "javax.imageio..",
        "javax.sql..",
        "jdk.jfr..",
        "org.nd4j..",
        "org.slf4j..",
        "org.jspecify.annotations.."
    };

    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("org.lsradapt.(**)").should().beFreeOfCycles();

    /** A reader takes in the names of a package at once. */
    @ArchTest
    static void packages_haveAtMostThirtyFiles(JavaClasses classes) {
        Map<String, Set<String>> files = new TreeMap<>();
        classes.stream()
                .filter(type -> !type.getSimpleName().equals("package-info"))
                .forEach(type -> files.computeIfAbsent(type.getPackageName(), name -> new TreeSet<>())
                        .add(type.getSource().flatMap(Source::getFileName).orElseThrow()));
        files.values().removeIf(names -> names.size() <= 30);
        assertEquals(Map.of(), files);
    }

    @ArchTest
    static final ArchRule LSR = knowsOnly("lsr..", "org.bytedeco..", "jdk.incubator.vector..");

    @ArchTest
    static final ArchRule LSR_INTERNAL = knowsOnly("lsr.internal..", "org.bytedeco..");

    @ArchTest
    static final ArchRule STORAGE = knowsOnly("lsr.storage..", ours("lsr.internal"), "org.bytedeco..");

    @ArchTest
    static final ArchRule BACKEND = knowsOnly(
            "lsr.backend..", ours("lsr.storage"), ours("lsr.internal"), "org.bytedeco..", "jdk.incubator.vector..");

    @ArchTest
    static final ArchRule WEIGHTS =
            knowsOnly("lsr.weights", ours("lsr.storage"), ours("lsr.backend"), ours("lsr.internal"));

    @ArchTest
    static final ArchRule SHARED = knowsOnly(
            "lsr.shared..",
            ours("lsr"),
            ours("lsr.kronecker"),
            ours("lsr.weights"),
            ours("lsr.backend"),
            ours("lsr.internal"));

    @ArchTest
    static final ArchRule KRONECKER = knowsOnly("lsr.kronecker", ours("lsr.backend"), ours("lsr.internal"));

    @ArchTest
    static final ArchRule NUMERICS = knowsOnly(
            "lsr.numerics..",
            ours("lsr"),
            ours("lsr.kronecker"),
            ours("lsr.weights"),
            ours("lsr.shared"),
            ours("lsr.backend"),
            ours("lsr.internal"));

    @ArchTest
    static final ArchRule PLANNING = knowsOnly(
            "lsr.planning..",
            ours("lsr"),
            ours("lsr.kronecker"),
            ours("lsr.weights"),
            ours("lsr.numerics"),
            ours("lsr.internal"));

    @ArchTest
    static final ArchRule PARTS = classes()
            .that()
            .resideInAPackage(ours("transformer.parts.."))
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(ours("transformer.parts"), "java..");

    @ArchTest
    static final ArchRule INPUTS =
            knowsOnly("transformer.inputs", ours("transformer.parts"), ours("lsr.backend"), ours("lsr.internal"));

    @ArchTest
    static final ArchRule TRANSFORMER_WEIGHTS =
            knowsOnly("transformer.weights", ours("transformer.parts"), ours("lsr.."));

    @ArchTest
    static final ArchRule TRANSFORMER = knowsOnly("transformer..", ours("lsr.."), "org.bytedeco..");

    @ArchTest
    static final ArchRule OBJECTIVES = knowsOnly("objectives..", ours("lsr.."), ours("transformer.."));

    @ArchTest
    static final ArchRule FAMILIES = classes()
            .that()
            .resideInAPackage(ours("families.."))
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(ours("families"), ours("transformer.parts"), ours("io"), "java..");

    @ArchTest
    static final ArchRule IMAGES = knowsOnly(
            "images..",
            ours("lsr.internal"),
            ours("transformer.inputs"),
            ours("transformer.parts"),
            ours("io"),
            "com.drew..");

    @ArchTest
    static final ArchRule DATA = knowsOnly(
            "data",
            ours("data.metrics"),
            ours("images"),
            ours("io"),
            ours("lsr.internal"),
            ours("data.rules"),
            ours("data.files"));

    @ArchTest
    static final ArchRule DATA_METRICS = knowsOnly("data.metrics", ours("data.rules"), ours("lsr.internal"));

    @ArchTest
    static final ArchRule DATA_CHECKS = knowsOnly(
            "data.checks",
            ours("data"),
            ours("data.rules"),
            ours("data.files"),
            ours("io.internal"),
            ours("lsr.internal"));

    @ArchTest
    static final ArchRule DATA_RULES = knowsOnly("data.rules", ours("lsr.internal"));

    @ArchTest
    static final ArchRule DATA_FILES =
            knowsOnly("data.files", ours("data.rules"), "com.fasterxml.jackson..", "de.siegmar.fastcsv..");

    @ArchTest
    static final ArchRule DESCRIPTION = knowsOnly(
            "tasks.description",
            ours("io"),
            ours("families"),
            ours("objectives.."),
            ours("transformer.inputs"),
            ours("transformer.parts"),
            ours("lsr.backend"),
            ours("lsr.internal"));

    /** The skeleton knows no task. */
    @ArchTest
    static final ArchRule SKELETON = noClasses()
            .that()
            .resideInAPackage(ours("finetuning.."))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(Stream.of(
                            "answers classification embeddings generation images labels masked queries reranking tokens"
                                    .split(" "))
                    .map(task -> ours("tasks." + task + ".."))
                    .toArray(String[]::new));

    @ArchTest
    static final ArchRule OFFICIAL_TASKS = knowsOnly(
            "tasks.official",
            ours("data.."),
            ours("finetuning"),
            ours("retrieval"),
            ours("tasks.."),
            ours("transformer"),
            ours("lsr.internal"),
            "net.sf.extjwnl..");

    @ArchTest
    static final ArchRule RETRIEVAL = knowsOnly("retrieval..", ours("data.."), ours("lsr.internal"));

    @ArchTest
    static final ArchRule TRAINING = knowsOnly(
            "training..",
            ours("lsr.."),
            ours("transformer.."),
            ours("objectives.."),
            ours("data"),
            ours("data.metrics"),
            ours("io.."));

    @ArchTest
    static final ArchRule IO = knowsOnly(
            "io..",
            ours("lsr.internal"),
            ours("lsr.storage"),
            "com.fasterxml.jackson..",
            "com.google.protobuf..",
            "org.bytedeco.javacpp..");

    @ArchTest
    static final ArchRule MODELS = knowsOnly(
            "models..",
            ours("lsr.."),
            ours("transformer.."),
            ours("objectives.."),
            ours("families.."),
            ours("images"),
            ours("io.."),
            ours("tasks.description"),
            "com.fasterxml.jackson..",
            "ai.djl..");

    @ArchTest
    static final ArchRule CHAT = knowsOnly("models.internal.chat..", "com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule CARDS = knowsOnly(
            "models.internal.cards..",
            ours("lsr"),
            ours("lsr.internal"),
            ours("io.internal"),
            "com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule TOKENIZERS = knowsOnly(
            "models.internal.tokenizers..",
            ours("lsr.internal"),
            ours("transformer.inputs"),
            ours("transformer.parts"),
            ours("io"),
            ours("io.internal"),
            "com.fasterxml.jackson..",
            "ai.djl..");

    @ArchTest
    static final ArchRule GGUF_MODELS = knowsOnly(
            "models.internal.gguf..",
            ours("models.internal.chat"),
            ours("lsr.internal"),
            ours("lsr.storage"),
            ours("families"),
            ours("transformer.parts"),
            ours("io"),
            ours("io.internal"),
            "com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule MODEL_WEIGHTS = knowsOnly(
            "models.internal.weights..",
            ours("lsr.storage"),
            ours("transformer.weights"),
            ours("transformer.parts"),
            ours("families"),
            ours("io"),
            ours("io.internal"));

    @ArchTest
    static final ArchRule ADAPTERS = knowsOnly(
            "adapters..",
            ours("baselines.."),
            ours("lsr.."),
            ours("transformer.."),
            ours("objectives.."),
            ours("families.."),
            ours("models"),
            ours("models.internal.gguf"),
            ours("models.internal.cards"),
            ours("tasks.description"),
            ours("io.."),
            "com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule BASELINES = knowsOnly(
            "baselines..",
            ours("lsr"),
            ours("lsr.kronecker"),
            ours("lsr.weights"),
            ours("lsr.backend"),
            ours("lsr.internal"));

    @ArchTest
    static final ArchRule SERVING = knowsOnly(
            "serving..",
            ours("lsr.."),
            ours("transformer.."),
            ours("objectives.."),
            ours("models"),
            ours("tasks.description"),
            ours("adapters.."));

    @ArchTest
    static final ArchRule REPORT = knowsOnly(
            "report..",
            ours("lsr.."),
            ours("data"),
            ours("data.metrics"),
            ours("data.checks"),
            ours("finetuning.."),
            ours("tasks.."),
            ours("training.."),
            ours("images"),
            ours("io.."),
            "com.fasterxml.jackson..",
            "j2html..");

    @ArchTest
    static final ArchRule FINETUNING = knowsOnly(
            "finetuning..",
            ours("lsr.."),
            ours("transformer.."),
            ours("objectives.."),
            ours("models"),
            ours("data"),
            ours("data.metrics"),
            ours("data.checks"),
            ours("tasks.description"),
            ours("training.."),
            ours("adapters"),
            ours("serving.."),
            ours("io.."));

    @ArchTest
    static final ArchRule RUNS = knowsOnly(
            "runs..",
            ours("lsr.."),
            ours("transformer.."),
            ours("images"),
            ours("adapters"),
            ours("models.."),
            ours("data"),
            ours("data.metrics"),
            ours("training.."),
            ours("finetuning.."),
            ours("report.."));

    @ArchTest
    static final ArchRule SPRING_AI = knowsOnly(
            "springai..",
            ours("lsr.."),
            ours("finetuning"),
            ours("tasks.."),
            ours("store"),
            ours("adapters"),
            ours("models"),
            ours("serving"),
            ours("objectives.."),
            ours("transformer.."),
            "org.springframework..",
            "io.micrometer..",
            "reactor..");

    @ArchTest
    static final ArchRule STORE = knowsOnly(
            "store",
            ours("store.internal"),
            ours("adapters"),
            ours("serving"),
            ours("models"),
            ours("data.."),
            ours("tasks.."),
            ours("training.."),
            ours("finetuning"),
            ours("lsr.."));

    /** The database knows no adapters. */
    @ArchTest
    static final ArchRule STORE_INTERNAL = classes()
            .that()
            .resideInAPackage(ours("store.internal.."))
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(ours("store.internal"), "org.h2..", "org.jspecify.annotations..", "java..");

    /** HTTP knows no models, and models know no HTTP but its failures. */
    @ArchTest
    static final ArchRule SERVER_HTTP =
            knowsOnly("server.internal.http", ours("serving"), "io.netty..", "com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule SERVER_MODELS = knowsOnly(
            "server.internal.models",
            ours("server.internal.http"),
            ours("store"),
            ours("serving"),
            ours("adapters"),
            ours("models"),
            ours("objectives.."),
            ours("training.."),
            ours("finetuning"),
            ours("tasks.."),
            ours("transformer.."),
            ours("lsr.backend"),
            ours("lsr.internal"));

    @ArchTest
    static final ArchRule CUDA = knowsOnly(
            "cuda",
            ours("cuda.internal.."),
            ours("io.."),
            ours("lsr"),
            ours("lsr.weights"),
            ours("lsr.backend"),
            ours("lsr.internal"),
            ours("objectives"),
            ours("training"),
            ours("transformer.."));

    @ArchTest
    static final ArchRule CUDA_PASS = knowsOnly(
            "cuda.internal.pass",
            ours("cuda.internal"),
            ours("cuda.internal.kernels"),
            ours("lsr.."),
            ours("transformer.."),
            "com.sun.jna..");

    @ArchTest
    static final ArchRule CUDA_MODELS = knowsOnly(
            "cuda.internal.models",
            ours("cuda.internal.."),
            ours("families"),
            ours("io.."),
            ours("lsr.."),
            ours("objectives.."),
            ours("training.."),
            ours("transformer.."));

    /** What looks at a device needs no ND4J. */
    @ArchTest
    static final ArchRule CUDA_INTERNAL = classes()
            .that()
            .resideInAnyPackage(ours("cuda.internal"), ours("cuda.internal.kernels"))
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    ours("cuda.internal"),
                    ours("cuda.internal.kernels"),
                    "com.sun.jna..",
                    "org.jspecify.annotations..",
                    "java..");

    @ArchTest
    static final ArchRule DATA_DOES_NOT_KNOW_ND4J = noClasses()
            .that()
            .resideInAPackage(ours("data.."))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.nd4j..");

    static String ours(String name) {
        return "org.lsradapt." + name;
    }

    private static ArchRule knowsOnly(String name, String... allowed) {
        String[] all = Stream.of(Stream.of(ours(name)), Stream.of(ALWAYS), Stream.of(allowed))
                .flatMap(packages -> packages)
                .toArray(String[]::new);
        return classes()
                .that()
                .resideInAPackage(ours(name))
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(all);
    }
}
