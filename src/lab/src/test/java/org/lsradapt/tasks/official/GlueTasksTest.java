package org.lsradapt.tasks.official;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.LabelledData;
import org.lsradapt.tasks.TestFiles;

/** Made-up rows in the official form of each task's files. */
class GlueTasksTest extends TaskFiles {

    private static final String MRPC = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n";
    private static final String MRPC_ROW = "1\t10\t11\tOne .\tTwo .\n";

    @Test
    void cola_noHeader_readsLabelAndSentence() throws IOException {
        write("train.tsv", "src1\t1\t\tThe cat sleeps.\nsrc1\t0\t*\tCat the sleeps.\n");
        write("dev.tsv", "src2\t1\t\tNo line feed at the end.");
        LabelledData data = Tasks.named("cola").load(folder);
        assertEquals(List.of(text("The cat sleeps.", 1), text("Cat the sleeps.", 0)), data.train());
        assertEquals(List.of(text("No line feed at the end.", 1)), data.evaluation());
    }

    @Test
    void sst2_readsOneSentence() throws IOException {
        write("train.tsv", "sentence\tlabel\ngood \t1\nnot good \t0\n");
        write("dev.tsv", "sentence\tlabel\nfine \t1\n");
        assertEquals(List.of(text("good ", 1), text("not good ", 0)), train("sst2"));
    }

    @Test
    void mrpc_byteOrderMarkQuotesAndCarriageReturns_areRead() throws IOException {
        write("train.tsv", "\uFEFF" + MRPC + "1\t10\t11\t\" Open quote .\tIt \"\" said \"so .\n0\t12\t13\t'a\tb\"\n");
        write("dev.tsv", (MRPC + MRPC_ROW).replace("\n", "\r\n"));
        LabelledData data = Tasks.named("mrpc").load(folder);
        assertEquals(List.of(pair("\" Open quote .", "It \"\" said \"so .", 1), pair("'a", "b\"", 0)), data.train());
        assertEquals(List.of(pair("One .", "Two .", 1)), data.evaluation());
    }

    @Test
    void stsb_readsTheScore() throws IOException {
        String header = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n";
        write(
                "train.tsv",
                header + "0\tg\tf\t2012\t1\tnone\tnone\tA plane.\tAn aircraft.\t5.000\n"
                        + "1\tg\tf\t2012\t4\tnone\tnone\tA plane.\tA flute.\t0.75\n");
        write("dev.tsv", header + "0\tg\tf\t2012\t1\tnone\tnone\tA dog.\tA cat.\t0\n");
        LabelledData data = Tasks.named("sts-b").load(folder);
        assertEquals(
                List.of(
                        new Example("A plane.", "An aircraft.", new Label.Value(5)),
                        new Example("A plane.", "A flute.", new Label.Value(0.75))),
                data.train());
        assertEquals(0, data.evaluation().get(0).value());
    }

    @Test
    void qqp_readsQuestions_emptyOnesToo() throws IOException {
        String header = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n";
        write("train.tsv", header + "7\t1\t2\tWhy?\tHow so?\t1\n8\t3\t4\tWho?\t\t0\n");
        write("dev.tsv", header + "9\t5\t6\tWhen?\tWhere?\t0\n");
        assertEquals(List.of(pair("Why?", "How so?", 1), pair("Who?", "", 0)), train("qqp"));
    }

    @Test
    void rowWithoutAText_isRefused() throws IOException {
        write("train.tsv", "sentence\tlabel\ngood\t1\n \t0\n");
        write("dev.tsv", "sentence\tlabel\nfine\t1\n");
        assertRefused("train.tsv, line 3: column \"sentence\" is empty, expected a text", "sst2");
    }

    @Test
    void neededColumnNamedTwice_isRefused() throws IOException {
        write("train.tsv", "sentence\tlabel\tlabel\ngood\t1\t0\n");
        write("dev.tsv", "sentence\tlabel\nfine\t1\n");
        assertRefused("train.tsv, line 1: the header has two columns \"label\", expected different names", "sst2");
    }

    @Test
    void mnli_matchedAndMismatched_shareTheTrainingFile() throws IOException {
        String start = "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\t"
                + "sentence1_parse\tsentence2_parse\tsentence1\tsentence2\t";
        String row = "0\t1\t1n\tfiction\t( a )\t( b )\t(ROOT a)\t(ROOT b)\t";
        write(
                "train.tsv",
                start + "label1\tgold_label\n" + row + "a\tb\tneutral\tneutral\n" + row
                        + "c\td\tcontradiction\tcontradiction\n");
        String five = "label1\tlabel2\tlabel3\tlabel4\tlabel5\tgold_label\n";
        write(
                "dev_matched.tsv",
                start + five + row + "e\tf\tneutral\tneutral\tneutral\tneutral\tneutral\tentailment\n");
        write(
                "dev_mismatched.tsv",
                start + five + row + "g\th\tneutral\tneutral\tneutral\tneutral\tneutral\tneutral\n");
        LabelledData matched = Tasks.named("mnli").load(folder);
        assertEquals(List.of(pair("a", "b", 2), pair("c", "d", 0)), matched.train());
        assertEquals(List.of(pair("e", "f", 1)), matched.evaluation());
        LabelledData mismatched = Tasks.named("mnli-mm").load(folder);
        assertEquals(matched.train(), mismatched.train());
        assertEquals(List.of(pair("g", "h", 2)), mismatched.evaluation());
    }

    @Test
    void qnli_readsQuestionAndSentence() throws IOException {
        String header = "index\tquestion\tsentence\tlabel\n";
        write("train.tsv", header + "0\tWho?\tShe did.\tentailment\n1\tWhen?\tShe did.\tnot_entailment\n");
        write("dev.tsv", header + "0\tWhy?\tSo.\tentailment\n");
        assertEquals(List.of(pair("Who?", "She did.", 0), pair("When?", "She did.", 1)), train("qnli"));
    }

    @Test
    void rteAndWnli_haveTheirOwnLabels() throws IOException {
        String header = "index\tsentence1\tsentence2\tlabel\n";
        write("train.tsv", header + "0\ta\tb\tnot_entailment\n");
        write("dev.tsv", header + "0\ta\tb\tentailment\n");
        LabelledData rte = Tasks.named("rte").load(folder);
        assertEquals(1, rte.train().get(0).category());
        assertEquals(0, rte.evaluation().get(0).category());
        write("train.tsv", header + "0\ta\tb\t1\n");
        write("dev.tsv", header + "0\ta\tb\t0\n");
        LabelledData wnli = Tasks.named("wnli").load(folder);
        assertEquals(pair("a", "b", 1), wnli.train().get(0));
        assertEquals("entailment", Tasks.named("wnli").labels().get(1));
    }

    @Test
    void header_otherOrderAndMoreColumns_areFoundByName() throws IOException {
        write("train.tsv", "#2 String\tnote\tQuality\t#1 String\nsecond\tx\t0\tfirst\n");
        write("dev.tsv", MRPC + MRPC_ROW);
        assertEquals(List.of(pair("first", "second", 0)), train("mrpc"));
    }

    @Test
    void header_missingColumn_isNamed() throws IOException {
        write("train.tsv", "Quality\t#1 String\tString 2\n1\ta\tb\n");
        write("dev.tsv", MRPC + MRPC_ROW);
        assertRefused(
                "train.tsv, line 1: the header has no column \"#2 String\", expected #1 String, #2 String, Quality, "
                        + "found Quality, #1 String, String 2",
                "mrpc");
    }

    @Test
    void header_ofAnotherTaskOrNone_isRefused() throws IOException {
        write("train.tsv", "src1\t1\t\tThe cat sleeps.\n");
        write("dev.tsv", MRPC + MRPC_ROW);
        assertRefused(
                "train.tsv, line 1: the header has no column \"sentence\", expected sentence, label, "
                        + "found src1, 1, , The cat sleeps.",
                "sst2");
    }

    @Test
    void row_tooFewColumns_isRefusedWithItsLine() throws IOException {
        write("train.tsv", MRPC + MRPC_ROW);
        write("dev.tsv", MRPC + MRPC_ROW + "0\t12\t13\tOnly one .\n" + MRPC_ROW);
        assertRefused(
                "dev.tsv, line 3: found 4 columns, expected 5 (Quality, #1 ID, #2 ID, #1 String, #2 String)", "mrpc");
    }

    @Test
    void row_emptyLine_isRefused() throws IOException {
        write("train.tsv", "src\t1\t\ta\n\nsrc\t1\t\tb\n");
        write("dev.tsv", "src\t1\t\ta\n");
        assertRefused("train.tsv, line 2: found 1 column, expected 4 (source, label, mark, sentence)", "cola");
    }

    @Test
    void row_moreColumnsThanTheHeader_isReadAsFarAsTheHeaderGoes() throws IOException {
        write("train.tsv", "sentence\tlabel\na\t1\textra\n");
        write("dev.tsv", "sentence\tlabel\nb\t0\n");
        assertEquals(List.of(text("a", 1)), train("sst2"));
    }

    @Test
    void label_unknown_isRefusedWithTheAllowedOnes() throws IOException {
        write("train.tsv", MRPC + MRPC_ROW + "2\t1\t2\ta\tb\n");
        write("dev.tsv", MRPC + MRPC_ROW);
        assertRefused("train.tsv, line 3: unknown label \"2\", expected one of 0, 1", "mrpc");
        String header = "index\tsentence1\tsentence2\tlabel\n";
        write("train.tsv", header + "0\ta\tb\tEntailment\n");
        assertRefused(
                "train.tsv, line 2: unknown label \"Entailment\", expected one of entailment, not_entailment", "rte");
    }

    @Test
    void label_longText_isShortenedInTheMessage() throws IOException {
        write("train.tsv", "sentence\tlabel\na\t" + "x".repeat(300) + "\n");
        write("dev.tsv", "sentence\tlabel\nb\t0\n");
        assertRefused("train.tsv, line 2: unknown label \"" + "x".repeat(100) + "...\", expected one of 0, 1", "sst2");
    }

    @Test
    void score_notANumberOrOutOfRange_isRefused() throws IOException {
        String header = "sentence1\tsentence2\tscore\n";
        write("dev.tsv", header + "a\tb\t1\n");
        for (String score : List.of("5.001", "-0.1", "NaN", "4f", "0x1p1", "", " 3", "high", "1e400")) {
            write("train.tsv", header + "a\tb\t" + score + "\n");
            assertRefused("train.tsv, line 2: score is \"" + score + "\", expected a number from 0 to 5", "stsb");
        }
    }

    @Test
    void file_emptyOrWithoutRows_isRefused() throws IOException {
        write("dev.tsv", MRPC + MRPC_ROW);
        write("train.tsv", "");
        assertRefused(
                "train.tsv: the file is empty, expected a header with the columns #1 String, #2 String, Quality",
                "mrpc");
        write("train.tsv", MRPC);
        assertRefused("train.tsv: the file has no rows, expected at least one after the header", "mrpc");
        write("train.tsv", "");
        assertRefused("train.tsv: the file has no rows, expected at least one", "cola");
    }

    @Test
    void file_missing_isNamedBeforeAnythingIsRead() throws IOException {
        write("train.tsv", "not read");
        assertEquals(
                folder.resolve("dev.tsv") + ": there is no such file; task mrpc reads train.tsv and dev.tsv",
                assertInstanceOf(
                                NoSuchFileException.class,
                                assertThrows(
                                        IOException.class,
                                        () -> Tasks.named("mrpc").load(folder)))
                        .getMessage());
        assertRefused("dev_matched.tsv: there is no such file; task mnli reads train.tsv and dev_matched.tsv", "mnli");
    }

    @Test
    void file_isAFolder_isRefused() throws IOException {
        Files.createDirectory(folder.resolve("train.tsv"));
        write("dev.tsv", MRPC + MRPC_ROW);
        assertRefused("train.tsv: this is a folder, expected a file", "mrpc");
    }

    @Test
    void folder_missingOrAFileOrNone_isRefused() throws IOException {
        Path none = folder.resolve("none");
        assertEquals(
                none + ": there is no such folder; task rte reads train.tsv and dev.tsv from it", failure("rte", none));
        Path file = TestFiles.write(folder, "file", "");
        assertEquals(
                file + ": this is a file, expected a folder; task rte reads train.tsv and dev.tsv from it",
                failure("rte", file));
        assertEquals(
                "no data folder was given; task rte reads train.tsv and dev.tsv from a folder",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Tasks.named("rte").load())
                        .getMessage());
    }
}
