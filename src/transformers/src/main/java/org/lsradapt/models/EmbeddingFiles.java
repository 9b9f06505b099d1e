package org.lsradapt.models;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.io.internal.frameworks.OnnxInitializers;

/** The files of an embedding model in addition to weights and tokenizer. They are read on request, since other uses do without them. */
interface EmbeddingFiles {

    /** Reads the settings of the embeddings; an exception names a malformed or unsupported file. */
    EmbeddingSettings settings() throws IOException;

    /** Returns further settings for sentence-transformers, such as the similarity; empty for none. */
    default ObjectNode further() throws IOException {
        return JsonFile.newObject();
    }

    /** Opens the model as ONNX, which the caller closes; if there is none, an exception says where it should be. */
    OnnxInitializers onnx() throws IOException;

    /** Returns the files of a model whose format has no place for them; {@code maxLength} is the longest sequence it has positions for. */
    static EmbeddingFiles none(String name, int maxLength) {
        return new EmbeddingFiles() {
            @Override
            public EmbeddingSettings settings() {
                return EmbeddingSettings.standard(maxLength);
            }

            @Override
            public OnnxInitializers onnx() {
                throw new IllegalArgumentException("model " + name + ": does not come as ONNX");
            }
        };
    }
}
