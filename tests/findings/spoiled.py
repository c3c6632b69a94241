"""Ways in which the files of a project folder go wrong."""

SAV = "surveys/noise/2021/responses.sav"
CSV = "surveys/breastfeeding/2022/anketa999001-2022-04-01.csv"


def cells(project, change, rows=slice(2, 3)):
    """Change the cells of some units of the 1KA file; change gets names and cells."""
    path = project / CSV
    lines = path.read_bytes().decode("utf-8-sig").split("\r\n")
    names = lines[0].split(";")
    for i in range(len(lines))[rows]:
        if lines[i]:
            lines[i] = ";".join(change(names, lines[i].split(";")))
    path.write_bytes(("\ufeff" + "\r\n".join(lines)).encode())


def set_cells(**values):
    def change(names, unit):
        keep = {"status": "6", "lurker": "0", "testdata": "0"} | values
        return [f'="{keep[name]}"' if name in keep else cell for name, cell in zip(names, unit, strict=False)]

    return change


def no_data_file(project):
    (project / SAV).unlink()


def wrong_hash(project):
    with (project / CSV).open("ab") as file:
        file.write(b"\r\n")


def truncated_sav(project):
    (project / SAV).write_bytes((project / SAV).read_bytes()[:50_000])


def empty_sav(project):
    (project / SAV).write_bytes(b"")


def row_without_its_last_cell(project):
    lines = (project / CSV).read_bytes().split(b"\r\n")
    (project / CSV).write_bytes(b"\r\n".join([*lines[:5], lines[5].rpartition(b";")[0], *lines[6:]]))


def unknown_code(project):
    cells(project, set_cells(Q6="7"))


def margin_category_missing(project):
    path = project / "surveys/noise/2021/population.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("place_type,countryside")]
    assert len(kept) == len(lines) - 1
    path.write_text("\n".join(kept), encoding="utf-8")


def broken_toml(project):
    with (project / "surveys/noise/2021/wave.toml").open("a", encoding="utf-8") as file:
        file.write("\nthis is not toml\n")


#: What goes wrong, options of the command, and words that the message must hold.
BAD = [
    (no_data_file, [], ["noise 2021", "there is no data file", "responses.sav"]),
    (wrong_hash, [], ["breastfeeding 2022", "is not the file that wave.toml names", "--accept"]),
    (truncated_sav, ["--accept"], ["noise 2021", "responses.sav", "damaged or cut short"]),
    (truncated_sav, [], ["noise 2021", "is not the file that wave.toml names"]),
    (empty_sav, ["--accept"], ["noise 2021", "responses.sav"]),
    (row_without_its_last_cell, ["--accept"], ["breastfeeding 2022", "row 6"]),
    (unknown_code, ["--accept"], ["breastfeeding 2022", "ever_breastfed", "code 7 is not in the codebook", "id "]),
    (margin_category_missing, [], ["place_type", "countryside"]),
    (broken_toml, [], ["wave.toml", "not valid TOML"]),
]
