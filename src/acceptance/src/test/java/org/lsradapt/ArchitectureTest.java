package org.lsradapt;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.SimpleConditionEvent.violated;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.Source;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import java.io.PrintStream;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.AdapterStack;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.weights.DenseWeight;
import org.lsradapt.lsr.weights.FrozenWeight;

/** Which package may know which inside the modules, and where each foreign library lives that a whole module sees. */
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
    private static final String INTERNAL = "org.lsradapt..internal..";

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

    /** What a package named internal holds can change without notice, so no user of the library gets to see it. */
    @ArchTest
    static final ArchRule INTERNAL_TYPES_ARE_IN_NO_PUBLIC_SIGNATURE = classes()
            .that()
            .resideOutsideOfPackage(INTERNAL)
            .and(describe("are seen from outside", ArchitectureTest::isSeen))
            .should(new ArchCondition<>("not expose internal types") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                    Stream<JavaClass> supertypes =
                            Stream.concat(type.getRawSuperclass().stream(), type.getRawInterfaces().stream());
                    exposed(type.getName(), supertypes, events);
                    for (JavaMember member : type.getMembers()) {
                        boolean promised = member.getModifiers().contains(JavaModifier.PUBLIC)
                                || member.getModifiers().contains(JavaModifier.PROTECTED);
                        if (promised && !member.getModifiers().contains(JavaModifier.SYNTHETIC)) {
                            exposed(member.getFullName(), member.getAllInvolvedRawTypes().stream(), events);
                        }
                    }
                }
            });

    /** How a frozen weight is stored is its own affair. */
    @ArchTest
    static final ArchRule FROZEN_WEIGHTS_ARE_NOT_READ_AS_ARRAYS =
            noClasses().that().doNotBelongToAnyOf(DenseWeight.class).should().callMethod(DenseWeight.class, "array");

    @ArchTest
    static final ArchRule FROZEN_WEIGHTS_ARE_WRITTEN_BY_ONE = noClasses()
            .that()
            .doNotBelongToAnyOf(InPlaceMerge.class)
            .should()
            .callMethod(FrozenWeight.class, "writable");

    /** The first numbers of neighbouring seeds are almost equal, unless the seeds are mixed. */
    @ArchTest
    static final ArchRule SEEDS_ARE_MIXED = noClasses()
            .that()
            .doNotBelongToAnyOf(SplitMix64.class)
            .should()
            .callConstructor(Random.class)
            .orShould()
            .callConstructor(Random.class, long.class)
            .orShould()
            .callConstructor(SplittableRandom.class, long.class);

    /** A kind of adapter is behind interfaces, also LSR. */
    @ArchTest
    static final ArchRule SETS_DO_NOT_KNOW_WHAT_A_KIND_STACKS = noClasses()
            .that()
            .belongToAnyOf(
                    AdapterSet.class, AdapterStack.class, InPlaceMerge.class, LayerAdapter.class, StackMemory.class)
            .should()
            .dependOnClassesThat()
            .haveNameMatching("org\\.lsradapt\\.lsr\\.(Lsr(Stack|Use)|StackedSums|KroneckerSum|FactorInitializer)");

    /** Files, reports and messages are the same in every locale, also where numbers have other digits. */
    @ArchTest
    static final ArchRule NOTHING_DEPENDS_ON_THE_LOCALE = noClasses()
            .should()
            .callMethod(String.class, "format", String.class, Object[].class)
            .orShould()
            .callMethod(String.class, "formatted", Object[].class)
            .orShould()
            .callMethod(String.class, "toLowerCase")
            .orShould()
            .callMethod(String.class, "toUpperCase")
            .orShould()
            .callMethod(PrintStream.class, "printf", String.class, Object[].class);

    @ArchTest
    static final ArchRule OPENBLAS =
            livesOnlyIn("org.bytedeco.openblas..", "lsr.backend..", "lsr.internal..", "transformer.internal..");

    @ArchTest
    static final ArchRule JAVACPP = livesOnlyIn(
            "org.bytedeco..", "lsr.storage..", "lsr.backend..", "lsr.internal..", "transformer.internal..", "io..");

    /** Of a module that most JVMs do not have: what needs it is compiled apart and looked up by name. */
    @ArchTest
    static final ArchRule VECTORS = noClasses()
            .that()
            .haveNameNotMatching("org\\.lsradapt\\.lsr\\.backend\\.Vector(Kernels|Memory|Rows)(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("jdk.incubator.vector..");

    @ArchTest
    static final ArchRule JNA = livesOnlyIn("com.sun.jna..", "cuda.internal..");

    @ArchTest
    static final ArchRule AUTODIFF = livesOnlyIn("org.nd4j.autodiff..", "samediff..");

    @ArchTest
    static final ArchRule AWT = livesOnlyIn("java.awt..", "images..", "report..", "tasks.images..");

    @ArchTest
    static final ArchRule METADATA_EXTRACTOR = livesOnlyIn("com.drew..", "images..");

    @ArchTest
    static final ArchRule DJL = livesOnlyIn("ai.djl..", "models.internal.tokenizers..");

    @ArchTest
    static final ArchRule PROTOBUF = livesOnlyIn("com.google.protobuf..", "io..");

    @ArchTest
    static final ArchRule EXTJWNL = livesOnlyIn("net.sf.extjwnl..", "tasks.official..");

    @ArchTest
    static final ArchRule H2 = livesOnlyIn("org.h2..", "store.internal..");

    @ArchTest
    static final ArchRule FASTCSV = livesOnlyIn("de.siegmar..", "data.files..");

    @ArchTest
    static final ArchRule JACKSON = livesOnlyIn(
            "com.fasterxml..", "io..", "models..", "data.files..", "adapters..", "report..", "server.internal..");

    /** The compiler's own text of a record, which is final, has an array's class and address. */
    @ArchTest
    static final ArchRule RECORDS_WITH_ARRAYS_HAVE_TEXTS = classes()
            .that(describe(
                    "are public records with an array",
                    type -> type.isRecord()
                            && isSeen(type)
                            && type.getFields().stream()
                                    .anyMatch(field -> field.getRawType().isArray()
                                            && !field.getModifiers().contains(JavaModifier.STATIC))))
            .and()
            .resideOutsideOfPackage(INTERNAL)
            .should(new ArchCondition<>("have a text of their own") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                    if (type.getMethod("toString").getModifiers().contains(JavaModifier.FINAL)) {
                        events.add(violated(type, type.getName() + " has no toString()"));
                    }
                }
            });

    private static boolean isSeen(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC)
                && type.getEnclosingClass().map(ArchitectureTest::isSeen).orElse(true);
    }

    private static void exposed(String where, Stream<JavaClass> types, ConditionEvents events) {
        types.filter(JavaClass.Predicates.resideInAPackage(INTERNAL))
                .forEach(type -> events.add(violated(where, where + " exposes " + type.getName())));
    }

    private static String ours(String name) {
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

    private static ArchRule livesOnlyIn(String library, String... rooms) {
        String[] allowed = Stream.of(rooms).map(ArchitectureTest::ours).toArray(String[]::new);
        return noClasses()
                .that()
                .resideOutsideOfPackages(allowed)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library);
    }
}
