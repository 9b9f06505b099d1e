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
    static final ArchRule LSR = knowsOnly("lsr..", "", "org.bytedeco..", "jdk.incubator.vector..");

    @ArchTest
    static final ArchRule LSR_INTERNAL = knowsOnly("lsr.internal..", "", "org.bytedeco..");

    @ArchTest
    static final ArchRule STORAGE = knowsOnly("lsr.storage..", "lsr.internal", "org.bytedeco..");

    @ArchTest
    static final ArchRule BACKEND =
            knowsOnly("lsr.backend..", "lsr.storage lsr.internal", "org.bytedeco..", "jdk.incubator.vector..");

    @ArchTest
    static final ArchRule WEIGHTS = knowsOnly("lsr.weights", "lsr.storage lsr.backend lsr.internal");

    @ArchTest
    static final ArchRule SHARED = knowsOnly("lsr.shared..", "lsr lsr.kronecker lsr.weights lsr.backend lsr.internal");

    @ArchTest
    static final ArchRule KRONECKER = knowsOnly("lsr.kronecker", "lsr.backend lsr.internal");

    @ArchTest
    static final ArchRule NUMERICS =
            knowsOnly("lsr.numerics..", "lsr lsr.kronecker lsr.weights lsr.shared lsr.backend lsr.internal");

    @ArchTest
    static final ArchRule PLANNING =
            knowsOnly("lsr.planning..", "lsr lsr.kronecker lsr.weights lsr.numerics lsr.internal");

    @ArchTest
    static final ArchRule PARTS = classes()
            .that()
            .resideInAPackage(ours("transformer.parts.."))
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(ours("transformer.parts"), "java..");

    @ArchTest
    static final ArchRule INPUTS = knowsOnly("transformer.inputs", "transformer.parts lsr.backend lsr.internal");

    @ArchTest
    static final ArchRule TRANSFORMER_WEIGHTS = knowsOnly("transformer.weights", "transformer.parts lsr..");

    @ArchTest
    static final ArchRule TRANSFORMER = knowsOnly("transformer..", "lsr..", "org.bytedeco..");

    @ArchTest
    static final ArchRule OBJECTIVES = knowsOnly("objectives..", "lsr.. transformer..");

    @ArchTest
    static final ArchRule FAMILIES = classes()
            .that()
            .resideInAPackage(ours("families.."))
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(ours("families"), ours("transformer.parts"), ours("io"), "java..");

    @ArchTest
    static final ArchRule IMAGES =
            knowsOnly("images..", "lsr.internal transformer.inputs transformer.parts io", "com.drew..");

    @ArchTest
    static final ArchRule DATA = knowsOnly("data", "data.metrics images io lsr.internal data.rules data.files");

    @ArchTest
    static final ArchRule DATA_METRICS = knowsOnly("data.metrics", "data.rules lsr.internal");

    @ArchTest
    static final ArchRule DATA_CHECKS = knowsOnly("data.checks", "data data.rules data.files io.internal lsr.internal");

    @ArchTest
    static final ArchRule DATA_RULES = knowsOnly("data.rules", "lsr.internal");

    @ArchTest
    static final ArchRule DATA_FILES =
            knowsOnly("data.files", "data.rules", "com.fasterxml.jackson..", "de.siegmar.fastcsv..");

    @ArchTest
    static final ArchRule DESCRIPTION = knowsOnly(
            "tasks.description",
            "io families objectives.. transformer.inputs transformer.parts lsr.backend lsr.internal");

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
            "tasks.official", "data.. finetuning retrieval tasks.. transformer lsr.internal", "net.sf.extjwnl..");

    @ArchTest
    static final ArchRule RETRIEVAL = knowsOnly("retrieval..", "data.. lsr.internal");

    @ArchTest
    static final ArchRule TRAINING = knowsOnly("training..", "lsr.. transformer.. objectives.. data data.metrics io..");

    @ArchTest
    static final ArchRule IO = knowsOnly(
            "io..",
            "lsr.internal lsr.storage",
            "com.fasterxml.jackson..",
            "com.google.protobuf..",
            "org.bytedeco.javacpp..");

    @ArchTest
    static final ArchRule MODELS = knowsOnly(
            "models..",
            "lsr.. transformer.. objectives.. families.. images io.. tasks.description",
            "com.fasterxml.jackson..",
            "ai.djl..");

    @ArchTest
    static final ArchRule CHAT = knowsOnly("models.internal.chat..", "", "com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule CARDS =
            knowsOnly("models.internal.cards..", "lsr lsr.internal io.internal", "com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule TOKENIZERS = knowsOnly(
            "models.internal.tokenizers..",
            "lsr.internal transformer.inputs transformer.parts io io.internal",
            "com.fasterxml.jackson..",
            "ai.djl..");

    @ArchTest
    static final ArchRule GGUF_MODELS = knowsOnly(
            "models.internal.gguf..",
            "models.internal.chat lsr.internal lsr.storage families transformer.parts io io.internal",
            "com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule MODEL_WEIGHTS = knowsOnly(
            "models.internal.weights..", "lsr.storage transformer.weights transformer.parts families io io.internal");

    @ArchTest
    static final ArchRule ADAPTERS = knowsOnly(
            "adapters..",
            "baselines.. lsr.. transformer.. objectives.. families.. models models.internal.gguf "
                    + "models.internal.cards tasks.description io..",
            "com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule BASELINES =
            knowsOnly("baselines..", "lsr lsr.kronecker lsr.weights lsr.backend lsr.internal");

    @ArchTest
    static final ArchRule SERVING =
            knowsOnly("serving..", "lsr.. transformer.. objectives.. models tasks.description adapters..");

    @ArchTest
    static final ArchRule REPORT = knowsOnly(
            "report..",
            "lsr.. data data.metrics data.checks finetuning.. tasks.. training.. images io..",
            "com.fasterxml.jackson..",
            "j2html..");

    @ArchTest
    static final ArchRule FINETUNING = knowsOnly(
            "finetuning..",
            "lsr.. transformer.. objectives.. models data data.metrics data.checks tasks.description "
                    + "training.. adapters serving.. io..");

    @ArchTest
    static final ArchRule RUNS = knowsOnly(
            "runs..",
            "lsr.. transformer.. images adapters models.. data data.metrics training.. finetuning.. report..");

    @ArchTest
    static final ArchRule SPRING_AI = knowsOnly(
            "springai..",
            "lsr.. finetuning tasks.. store adapters models serving objectives.. transformer..",
            "org.springframework..",
            "io.micrometer..",
            "reactor..");

    @ArchTest
    static final ArchRule STORE =
            knowsOnly("store", "store.internal adapters serving models data.. tasks.. training.. finetuning lsr..");

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
            knowsOnly("server.internal.http", "serving", "io.netty..", "com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule SERVER_MODELS = knowsOnly(
            "server.internal.models",
            "server.internal.http store serving adapters models objectives.. training.. finetuning tasks.. "
                    + "transformer.. lsr.backend lsr.internal");

    @ArchTest
    static final ArchRule CUDA = knowsOnly(
            "cuda", "cuda.internal.. io.. lsr lsr.weights lsr.backend lsr.internal objectives training transformer..");

    @ArchTest
    static final ArchRule CUDA_PASS =
            knowsOnly("cuda.internal.pass", "cuda.internal cuda.internal.kernels lsr.. transformer..", "com.sun.jna..");

    @ArchTest
    static final ArchRule CUDA_MODELS = knowsOnly(
            "cuda.internal.models", "cuda.internal.. families io.. lsr.. objectives.. training.. transformer..");

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

    /** The package knows itself, what all know, the named ones of ours and these libraries. */
    private static ArchRule knowsOnly(String name, String ours, String... libraries) {
        Stream<String> rooms = Stream.of((name + " " + ours).split(" ")).map(ArchitectureTest::ours);
        String[] all = Stream.of(rooms, Stream.of(ALWAYS), Stream.of(libraries))
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
