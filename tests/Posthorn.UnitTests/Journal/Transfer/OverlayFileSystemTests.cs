using Posthorn.Contracts;
using Posthorn.Files;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal.Transfer;

public sealed class OverlayFileSystemTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task What_is_done_in_it_reads_as_if_it_were_done_and_the_folder_below_stays(int seed)
    {
        var random = new Random(seed);
        var below = new MemoryFileSystem();
        below["a"] = Bytes(random, 20_000);
        below["f/b"] = Bytes(random, 5_000);
        var expected = below.Copy();
        var untouched = below.Copy();
        var overlay = new OverlayFileSystem(below);
        for (var step = 0; step < 300; step++)
        {
            string[] names = ["a", "c", "f/b", "f/d"];
            var (name, other) = (names[random.Next(4)], names[random.Next(4)]);
            var exists = Exists(expected, name);
            var (offset, length) = (random.Next(25_000), random.Next(9_000));
            var bytes = Bytes(random, length);
            foreach (var files in (IJournalFileSystem[])[expected, overlay])
            {
                switch (step % 5)
                {
                    case 0 or 1 when exists:
                        await using (var file = await files.OpenAsync(name, OpenIntent.Write))
                            await file.WriteAsync(offset, bytes);
                        break;
                    case 2 when exists:
                        await using (var file = await files.OpenAsync(name, OpenIntent.Write))
                            await file.SetLengthAsync(offset);
                        break;
                    case 3 when exists && name != other:
                        await files.RenameAsync(name, other);
                        break;
                    case 4 when exists && random.Next(4) == 0:
                        break;
                    case 4 when !exists:
                        await (await files.OpenAsync(name, OpenIntent.Create)).DisposeAsync();
                        break;
                }
            }
            await SameAsync(overlay, expected);
        }
        await SameAsync(below, untouched);
    }

    private static async Task SameAsync(IJournalFileSystem files, MemoryFileSystem expected)
    {
        foreach (var folder in (string[])["", "f"])
        {
            files.List(folder).ShouldBe(expected.List(folder));
            foreach (var name in expected.List(folder).Select(n => folder.Length == 0 ? n : $"f/{n}"))
            {
                await using var file = await files.OpenAsync(name, OpenIntent.Read);
                var read = new byte[expected[name].Length + 10];
                (await file.ReadAsync(0, read)).ShouldBe(expected[name].Length);
                read.AsSpan(0, expected[name].Length).SequenceEqual(expected[name]).ShouldBeTrue(name);
            }
        }
    }

    private static bool Exists(MemoryFileSystem files, string name) => files.List(name.Contains('/', StringComparison.Ordinal) ? "f" : "").Contains(name.Split('/')[^1]);

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
