using Amazon.S3.Model;
using Posthorn.Bodies;
using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.S3;
using Shouldly;
using Xunit;

namespace Posthorn.PostgreSql.Tests;

public sealed class S3BodyStoreTests : SharedBodyStoreContract
{
    private readonly string _prefix = Guid.NewGuid().ToString("n");

    private S3BodyStore S3 => (S3BodyStore)Store;

    protected override async Task<IBodyStore> OpenAsync() => S3BodyStore.Open(S3Options.Parse((await S3Server.SharedAsync()).Address(prefix: _prefix)));

    protected override async Task DamageAsync(BodyName name, int at)
    {
        var key = $"{_prefix}/{name.Path}";
        using var response = await S3.Client.GetObjectAsync("bodies", key);
        using var bytes = new MemoryStream();
        await response.ResponseStream.CopyToAsync(bytes);
        bytes.GetBuffer()[at] ^= 1;
        await S3.Client.PutObjectAsync(new PutObjectRequest { BucketName = "bodies", Key = key, InputStream = new MemoryStream(bytes.ToArray()), UseChunkEncoding = false });
    }

    [Fact]
    public async Task A_store_that_cannot_be_used_is_told_with_what_to_do()
    {
        var server = await S3Server.SharedAsync();
        await RefusedAsync(server.Address(bucket: "nowhere"), "no bucket 'nowhere'", "aws s3 mb s3://nowhere");
        await RefusedAsync(server.Address(keys: "access-key=NOBODY&secret-key=wr0ng"), "refuses these keys (InvalidAccessKeyId)", "s3:PutObject");
        // s3rver checks no signatures.
        await using var strict = await StubService.StartAsync(_ => (403, "<Error><Code>SignatureDoesNotMatch</Code><Message>It does not match.</Message></Error>"));
        await RefusedAsync(server.Address(keys: "access-key=a&secret-key=wr0ng", port: strict.Port), "refuses these keys");
        await RefusedAsync(server.Address(port: S3Server.FreePort()), "cannot be reached", "127.0.0.1");
        await RefusedAsync(server.Address(keys: "profile=nobody-has-this"), "profile 'nobody-has-this'", "aws configure");
    }

    [Fact]
    public async Task A_service_that_goes_away_is_an_error_that_may_be_tried_again()
    {
        await using var server = await S3Server.StartAsync();
        await using var store = S3BodyStore.Open(S3Options.Parse(server.Address()));
        var (kept, name) = (NewName(), NewName());
        await using (var upload = await store.BeginAsync(kept, default))
        {
            await upload.WriteAsync(Bytes(2_000_000), default);
            await upload.CompleteAsync(default);
        }
        await using (var upload = await store.BeginAsync(name, default))
        {
            await upload.WriteAsync(Bytes(12 << 20), default);
            await server.StopAsync();
            await Should.ThrowAsync<EngineUnavailableException>(async () => await upload.CompleteAsync(default));
        }
        await Should.ThrowAsync<EngineUnavailableException>(async () => await store.OpenAsync(kept, 2_000_000, 0, default));
        await Should.ThrowAsync<EngineUnavailableException>(async () => await store.RemoveAsync([kept], default));
        await server.StartAgainAsync();
        await using var reader = await store.OpenAsync(kept, 2_000_000, 0, default);
        (await reader.ReadAsync(0, new byte[10], default)).ShouldBe(10);
        await Should.ThrowAsync<BodyLostException>(async () => await store.OpenAsync(name, 12 << 20, 0, default));
    }

    [Fact]
    public async Task Uploads_that_a_crash_cut_off_are_aborted_when_they_are_old()
    {
        // s3rver cannot list uploads.
        var aborted = new List<string>();
        await using var service = await StubService.StartAsync(http =>
        {
            if (http.Request.HttpMethod == "DELETE")
            {
                lock (aborted)
                    aborted.Add(http.Request.Url!.PathAndQuery);
                return (aborted.Count == 1 ? 404 : 204, aborted.Count == 1 ? "<Error><Code>NoSuchUpload</Code></Error>" : "");
            }
            http.Request.Url!.Query.ShouldContain("uploads");
            var isSecond = http.Request.Url.Query.Contains("key-marker=k2", StringComparison.Ordinal);
            string[] found = isSecond ? ["k3 u3 2026-01-02", "k4 u4 2026-03-02"] : ["k1 u1 2026-01-01", "k2 u2 2026-01-01"];
            var uploads = string.Concat(found.Select(line => line.Split(' ')).Select(f => $"<Upload><Key>{f[0]}</Key><UploadId>{f[1]}</UploadId><Initiated>{f[2]}T00:00:00.000Z</Initiated></Upload>"));
            return (200, $"<ListMultipartUploadsResult><IsTruncated>{(isSecond ? "false" : "true")}</IsTruncated><NextKeyMarker>k2</NextKeyMarker><NextUploadIdMarker>u2</NextUploadIdMarker>{uploads}</ListMultipartUploadsResult>");
        });
        await using var store = S3BodyStore.Open(S3Options.Parse($"s3://b?endpoint=http://127.0.0.1:{service.Port}&access-key=a&secret-key=b&retries=0"));
        await store.EndUploadsAsync(Owner, new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero), default);
        aborted.ShouldBe(["/b/k1?uploadId=u1", "/b/k2?uploadId=u2", "/b/k3?uploadId=u3"]);
    }

    [Theory]
    [InlineData("http://bucket", "s3://bucket")]
    [InlineData("s3://", "s3://bucket")]
    [InlineData("s3://b?endpoint=nowhere", "http://host:port")]
    [InlineData("s3://b?regoin=x", "'regoin'")]
    [InlineData("s3://b?region", "no value")]
    [InlineData("s3://b?path-style=yes", "true nor false")]
    [InlineData("s3://b?access-key=x", "secret-key belong together")]
    [InlineData("s3://b?timeout=0", "no number from 1")]
    public void A_wrong_address_is_told_with_how_it_is_written(string address, string hint) =>
        Should.Throw<FormatException>(() => S3Options.Parse(address)).Message.ShouldContain(hint);

    [Fact]
    public void An_address_has_all_that_is_needed()
    {
        var options = S3Options.Parse("s3://mail-bodies/one/two/?endpoint=http%3A%2F%2F10.0.0.1%3A9000&region=eu-central-1&access-key=a&secret-key=b%2Fc%3D&timeout=5&retries=0");
        options.ShouldBe(new S3Options
        {
            Bucket = "mail-bodies", Prefix = "one/two/", Endpoint = new Uri("http://10.0.0.1:9000"), Region = "eu-central-1", IsPathStyle = true,
            AccessKey = "a", SecretKey = "b/c=", Timeout = TimeSpan.FromSeconds(5), RetriesMax = 0,
        });
        S3Options.Parse("s3://b").ShouldBe(new S3Options { Bucket = "b" });
    }

    private static async Task RefusedAsync(string address, params string[] hints)
    {
        var refused = await Should.ThrowAsync<BodyStoreUnusableException>(async () =>
        {
            await using var store = S3BodyStore.Open(S3Options.Parse(address));
            await BodyStoreStart.RunAsync(store, Guid.NewGuid(), Guid.NewGuid(), hasBodies: false, default);
        }, address);
        foreach (var hint in hints)
            refused.Message.ShouldContain(hint);
        refused.Message.ShouldNotContain("wr0ng");
    }
}
