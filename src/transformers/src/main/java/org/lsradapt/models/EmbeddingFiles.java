package org.lsradapt.models;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.io.internal.frameworks.OnnxInitializers;

/** The settings of an embedding model in addition to weights and tokenizer. Read when asked for, since other uses do without. */
interface EmbeddingFiles {

    /**
     * How it embeds.
     *
     * @throws IOException if a file is malformed or asks for what is not supported; the message names it
     */
    EmbeddingSettings settings() throws IOException;

    /**
     * Further settings for sentence-transformers in a merged model, such as the similarity; empty for none.
     *
     * @throws IOException if its file is malformed; the message names it
     */
    default ObjectNode further() throws IOException {
        return JsonFile.newObject();
    }

    /**
     * The model as ONNX, which the caller closes.
     *
     * @throws IllegalArgumentException if there is none; the message says where one is expected
     * @throws IOException if it cannot be read
     */
    OnnxInitializers onnx() throws IOException;

    /**
     * Those of a model whose form has no place for them.
     *
     * @param name the model
     * @param maxLength the longest sequence that it has positions for
     */
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
