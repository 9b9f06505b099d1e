package org.lsradapt.artifacts;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.peft.AuthorsImport;
import org.lsradapt.adapters.peft.PeftImport;
import org.lsradapt.cli.Main;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.ShardedSafeTensors;
import org.lsradapt.io.internal.frameworks.OnnxInitializers;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.ReferenceBackend;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.Models;
import org.lsradapt.report.RunRecord;
import org.lsradapt.report.internal.ConditionPicture;
import org.lsradapt.report.internal.RunFolder;
import org.lsradapt.report.internal.suite.SuiteFile;
import org.lsradapt.report.internal.suite.SuiteFolder;
import org.lsradapt.report.internal.suite.SuiteReport;
import org.lsradapt.tasks.CaptionData;
import org.lsradapt.tasks.LanguageModelData;
import org.lsradapt.tasks.OwnData;
import org.lsradapt.tasks.PairData;
import org.lsradapt.tasks.PredictionInputs;
import org.lsradapt.tasks.RetrievalData;
import org.lsradapt.tasks.Tasks;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** A call of the library by a user; where a {@link HidingClassLoader} defines it, without one of the artifacts. */
public enum EntryPoint {

    MODELS_LOAD {
        @Override
        void call(Path folder) throws Exception {
            Models.load("minilm").close();
        }
    },

    BASE_MODEL_LOAD {
        @Override
        void call(Path folder) throws Exception {
            BaseModel.load("minilm").close();
        }
    },

    HUGGING_FACE_FOLDER {
        @Override
        void call(Path folder) throws Exception {
            Models.load(folder.toString()).close();
        }
    },

    READ_CSV {
        @Override
        void call(Path folder) throws Exception {
            OwnData.classification(Files.writeString(folder.resolve("a.csv"), "text,label\na,b\n")).read();
        }
    },

    READ_TSV {
        @Override
        void call(Path folder) throws Exception {
            PredictionInputs.from(Files.writeString(folder.resolve("a.tsv"), "text\na\n")).read();
        }
    },

    READ_JSON_LINES {
        @Override
        void call(Path folder) throws Exception {
            Path file = Files.writeString(folder.resolve("a.jsonl"), "{\"prompt\": \"a\", \"completion\": \"b\"}\n");
            LanguageModelData.instructions(file).read();
        }
    },

    SUPER_GLUE {
        @Override
        void call(Path folder) throws Exception {
            Files.writeString(folder.resolve("train.jsonl"), "{}\n");
            Files.writeString(folder.resolve("val.jsonl"), "{}\n");
            Tasks.named("boolq").load(folder);
        }
    },

    WORDNET {
        @Override
        void call(Path folder) throws Exception {
            Tasks.named("wordnet").load(folder);
        }
    },

    WORDNET_PAIRS {
        @Override
        void call(Path folder) throws Exception {
            PairData.wordNet();
        }
    },

    READ_CAPTIONS {
        @Override
        void call(Path folder) throws Exception {
            Files.createFile(folder.resolve("a.png"));
            CaptionData.from(Files.writeString(folder.resolve("a.csv"), "image,caption\na.png,b\n")).read();
        }
    },

    TWO_TOWERS {
        @Override
        void call(Path folder) throws Exception {
            DualModel.load(folder.toString()).close();
        }
    },

    LOAD_WHATEVER_IT_IS {
        @Override
        void call(Path folder) throws Exception {
            FineTunedModel.load(folder).close();
        }
    },

    READ_PAIRS {
        @Override
        void call(Path folder) throws Exception {
            PairData.pairs(Files.writeString(folder.resolve("a.csv"), "anchor,positive\na,b\n")).read();
        }
    },

    READ_BEIR {
        @Override
        void call(Path folder) throws Exception {
            RetrievalData.beir(folder.resolve("none"), "test");
        }
    },

    SAVE_ADAPTERS {
        @Override
        void call(Path folder) throws Exception {
            FrozenLinear layer = FrozenLinear.of("layer", Nd4j.ones(DataType.FLOAT, 4, 4));
            try (AdapterSet adapters =
                    AdapterSet.create(List.of(layer), LsrConfig.lora(2, 4), new ReferenceBackend())) {
                AdapterFolder.save(folder, adapters);
            }
        }
    },

    LOAD_ADAPTERS {
        @Override
        void call(Path folder) throws Exception {
            AdapterFolder.load(folder).close();
        }
    },

    IMPORT_PEFT {
        @Override
        void call(Path folder) throws Exception {
            PeftImport.load(folder).close();
        }
    },

    IMPORT_AUTHORS {
        @Override
        void call(Path folder) throws Exception {
            AuthorsImport.load(folder, 1).close();
        }
    },

    OPEN_SAFETENSORS {
        @Override
        void call(Path folder) throws Exception {
            SafeTensors.open(folder).close();
        }
    },

    WRITE_SAFETENSORS {
        @Override
        void call(Path folder) throws Exception {
            SafeTensors.write(folder.resolve("a"), Map.of("a", Nd4j.ones(DataType.FLOAT, 1)), Map.of());
        }
    },

    OPEN_SHARDS {
        @Override
        void call(Path folder) throws Exception {
            ShardedSafeTensors.open(folder).close();
        }
    },

    READ_ONNX {
        @Override
        void call(Path folder) throws Exception {
            OnnxInitializers.of("a", ByteBuffer.allocateDirect(0)).close();
        }
    },

    WRITE_METRICS {
        @Override
        void call(Path folder) throws Exception {
            RunFolder.writeMetrics(folder, run());
        }
    },

    WRITE_REPORT {
        @Override
        void call(Path folder) throws Exception {
            RunFolder.writeReport(folder, run());
        }
    },

    READ_SUITE_JSON {
        @Override
        void call(Path folder) throws Exception {
            SuiteFile.read(Files.writeString(folder.resolve("a.json"), "{}"), SUITE_OPTIONS);
        }
    },

    READ_SUITE_YAML {
        @Override
        void call(Path folder) throws Exception {
            SuiteFile.read(Files.writeString(folder.resolve("a.yaml"), "{}"), SUITE_OPTIONS);
        }
    },

    SUITE_REPORT {
        @Override
        void call(Path folder) throws Exception {
            SuiteReport.write(new SuiteFolder(folder), run -> false, Optional.empty());
        }
    },

    CONDITION_PICTURE {
        @Override
        void call(Path folder) throws Exception {
            ConditionPicture.png(List.of());
        }
    },

    COMMAND_LINE {
        @Override
        void call(Path folder) {
            ByteArrayOutputStream err = new ByteArrayOutputStream();
            int code = Main.run(
                    new String[] {"--version"},
                    InputStream.nullInputStream(),
                    new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                    new PrintStream(err, true, StandardCharsets.UTF_8));
            if (code == 2) {
                String line = err.toString(StandardCharsets.UTF_8).strip();
                throw new MissingArtifactException(line.replaceFirst("^error: ", ""));
            }
        }
    };

    private static final SuiteFile.Options SUITE_OPTIONS =
            new SuiteFile.Options(Map.of(), model -> model, Path.of(""));

    abstract void call(Path folder) throws Exception;

    /** Makes the call. */
    public static void call(String name, Path folder) throws Exception {
        valueOf(name).call(folder);
    }

    private static RunRecord run() {
        return new RunRecord("task", "model", "title", "accuracy", Optional.empty(), Map.of(), List.of());
    }
}
